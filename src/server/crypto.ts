import { createHmac, hash as digest, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { Hashing, Ids } from '../app/ports.ts';

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane; about 20 ms. */
const argon2id = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const sha256 = (text: string): string => digest('sha256', text, 'hex');

export const nodeHashing: Hashing = {
  sha256,
  hmacSha256: (key, text) => createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64'),
  hashPassword: (password) => hash(password, argon2id),
  verifyPassword: (password, stored) => verify(stored, password),
  equal: (a, b) => {
    const [left, right] = [Buffer.from(a), Buffer.from(b)];
    return left.length === right.length && timingSafeEqual(left, right);
  },
};

export const nodeIds: Ids = {
  uuid: randomUUID,
  secret: (bytes) => randomBytes(bytes).toString('base64url'),
};
