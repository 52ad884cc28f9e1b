import { randomBytes } from 'node:crypto';

/** Names this life of the process: event ids and ETags of an earlier one mean nothing to it. */
export const BOOT_EPOCH = randomBytes(6).toString('base64url');
