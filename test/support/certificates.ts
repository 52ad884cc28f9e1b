/**
 * X.509 certificates for tests, made with node:crypto alone: a CA and what it issues, with any names and any dates.
 * ECDSA P-256 throughout, so that a whole chain takes milliseconds.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface CertificateRequest {
  readonly commonName?: string;
  /** The group of a Kubernetes client certificate, e.g. `system:masters`. */
  readonly organization?: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export interface CertificateAuthority extends IssuedCertificate {
  /** Issues a certificate good for servers and clients. */
  issue(request: CertificateRequest): IssuedCertificate;
}

const HOUR_MS = 3_600_000;
const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  organization: '55040a',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  extendedKeyUsage: '551d25',
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
};

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const size = Buffer.from(body.length.toString(16).padStart(4, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | size.length]), size, body]);
}
const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const bits = (data: Buffer, unused = 0): Buffer => der(0x03, Buffer.from([unused]), data);
const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
const time = (date: Date): Buffer =>
  der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
const SIGNATURE_ALGORITHM = sequence(oid(OID.ecdsaWithSha256));

function name(request: CertificateRequest): Buffer {
  const part = (type: string, value: string): Buffer => der(0x31, sequence(oid(type), utf8(value)));
  return sequence(
    ...(request.organization === undefined ? [] : [part(OID.organization, request.organization)]),
    part(OID.commonName, request.commonName ?? 'test'),
  );
}

const words = (text: string | undefined): string[] => (text ? text.split(':') : []);

function ipBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (!isIPv6(address)) throw new Error(`${address} is not an IP address`);
  const [head = '', tail] = address.split('::');
  const filler = Array.from(
    { length: tail === undefined ? 0 : 8 - words(head).length - words(tail).length },
    () => '0',
  );
  return Buffer.from([...words(head), ...filler, ...words(tail)].map((word) => word.padStart(4, '0')).join(''), 'hex');
}

const extension = (type: string, value: Buffer, isCritical = false): Buffer =>
  sequence(oid(type), ...(isCritical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));

function extensions(request: CertificateRequest, isAuthority: boolean): Buffer {
  const names = [
    ...(request.dnsNames ?? []).map((each) => der(0x82, Buffer.from(each))),
    ...(request.ipAddresses ?? []).map((each) => der(0x87, ipBytes(each))),
  ];
  return sequence(
    extension(OID.basicConstraints, isAuthority ? sequence(der(0x01, Buffer.from([0xff]))) : sequence(), true),
    extension(OID.keyUsage, isAuthority ? bits(Buffer.from([0x06]), 1) : bits(Buffer.from([0x80]), 7), true),
    ...(isAuthority ? [] : [extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth), oid(OID.clientAuth)))]),
    ...(names.length === 0 ? [] : [extension(OID.subjectAltName, sequence(...names))]),
  );
}

const pem = (label: string, data: Buffer): string =>
  `-----BEGIN ${label}-----\n${data
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n')
    .trimEnd()}\n-----END ${label}-----\n`;

function make(
  request: CertificateRequest,
  issuer: { readonly name: Buffer; readonly key: KeyObject } | null,
): IssuedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    SIGNATURE_ALGORITHM,
    issuer?.name ?? name(request),
    sequence(
      time(request.notBefore ?? new Date(now - HOUR_MS)),
      time(request.notAfter ?? new Date(now + 24 * HOUR_MS)),
    ),
    name(request),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions(request, issuer === null)),
  );
  const signature = bits(sign('sha256', body, issuer?.key ?? privateKey));
  return {
    certificatePem: pem('CERTIFICATE', sequence(body, SIGNATURE_ALGORITHM, signature)),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

export function makeAuthority(request: CertificateRequest = { commonName: 'test CA' }): CertificateAuthority {
  const own = make(request, null);
  const issuer = { name: name(request), key: createPrivateKey(own.keyPem) };
  return { ...own, issue: (wanted) => make(wanted, issuer) };
}
