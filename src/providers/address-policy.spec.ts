import { loadSettings } from '../settings.js';
import { AddressPolicy } from './address-policy.js';

class Resolver extends AddressPolicy {
  asked = 0;
  answers: string[][] = [];

  protected override async lookup(): Promise<readonly string[]> {
    return this.answers[Math.min(this.asked++, this.answers.length - 1)] ?? [];
  }
}

function policy(env: Record<string, string> = {}, ...answers: string[][]): Resolver {
  const made = new Resolver(loadSettings(env, 'config'));
  made.answers = answers;
  return made;
}

describe('AddressPolicy', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '169.254.169.254',
    '168.63.129.16',
    '100.100.100.200',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '0:0:0:0:0:0:0:1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'fd00:ec2::254',
    'fd20:ce::254',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '64:ff9b::169.254.169.254',
    '2002:7f00:1::',
  ])('refuses %s, given as an address and as the answer of a name server', async (address) => {
    await expect(policy().check(address, 22)).rejects.toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
      outcome: 'refused',
    });
    await expect(policy({}, [address]).check('vm.example', 22)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
  });

  it.each([
    '10.0.0.4',
    '192.168.1.10',
    '172.16.0.1',
    '100.64.1.2',
    '203.0.113.9',
    'fd12::1',
    '2001:db8::1',
    '64:ff9b::808:808',
  ])('allows %s: private and public machines are what it is for', async (address) => {
    const checked = await policy().check(address, 22);
    expect(checked.addresses).toEqual([{ address, family: address.includes(':') ? 6 : 4 }]);
  });

  it.each([
    '0177.0.0.1',
    '0177.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '127.0.0.1.',
    '1.2.3.4.5',
    '0x',
    '127.0.0.01',
    '１２７.0.0.1',
    '127。0。0。1',
    'a b',
    'host:22',
    '[::1]',
    'user@host',
    'host/path',
    '-oProxyCommand=x',
    'a..b',
    '.',
    '',
    `${'a'.repeat(64)}.example`,
    'ho\u0000st',
  ])('refuses the spelling %j before any resolver sees it', async (host) => {
    const asked = policy({}, ['10.0.0.1']);
    await expect(asked.check(host, 22)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    expect(asked.asked).toBe(0);
  });

  it('refuses a name when only one of its addresses is blocked', async () => {
    await expect(policy({}, ['10.0.0.1', '127.0.0.1']).check('vm.example', 22)).rejects.toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
    });
  });

  it('asks the resolver once and answers with what it checked, so a second answer changes nothing', async () => {
    const rebinding = policy({}, ['10.0.0.1'], ['127.0.0.1']);
    const checked = await rebinding.check('vm.example', 22);
    expect(checked.addresses).toEqual([{ address: '10.0.0.1', family: 4 }]);
    expect(rebinding.asked).toBe(1);
  });

  it('resolves with the operating system, and blocks what localhost means', async () => {
    const real = new AddressPolicy(loadSettings({}, 'config'));
    await expect(real.check('localhost', 22)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
  });

  it('says HOST_NOT_FOUND for a name without an address', async () => {
    await expect(policy({}, []).check('nowhere.example', 22)).rejects.toMatchObject({ code: 'HOST_NOT_FOUND' });
  });

  it('refuses ports that are not in the settings', async () => {
    await expect(policy().check('10.0.0.1', 3000)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    await expect(policy({ BERTH_NETWORK_ALLOWED_PORTS: '3000' }).check('10.0.0.1', 3000)).resolves.toBeDefined();
  });

  it('lets the settings block more, and allow what is blocked', async () => {
    const strict = policy({ BERTH_NETWORK_BLOCKED_CIDRS: '10.0.0.0/8,fd00::/8' });
    await expect(strict.check('10.1.2.3', 22)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    await expect(strict.check('::ffff:10.1.2.3', 22)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    const open = policy({ BERTH_NETWORK_ALLOWED_CIDRS: '127.0.0.0/8,::1' });
    await expect(open.check('127.0.0.1', 22)).resolves.toBeDefined();
    await expect(open.check('::1', 22)).resolves.toBeDefined();
    await expect(open.check('169.254.169.254', 22)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
  });

  it('does not start with a network that is none', () => {
    expect(() => policy({ BERTH_NETWORK_ALLOWED_CIDRS: '10.0.0.0/33' })).toThrow('network.allowedCidrs: 10.0.0.0/33');
  });
});
