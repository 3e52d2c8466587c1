/** Waygate's own policies for what browsers and other web clients get. */

import type { ContentCoding } from '../../model/policies/compression.ts';
import { listOf, literals } from './kit/collection.ts';
import { defaulted, optional } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { bool, integer, text } from './kit/scalar.ts';

/** Which addresses of clients are served. */
export interface IpAccess {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

export const ipAccess: Schema<IpAccess> = object<IpAccess>('IpAccess', 'Which addresses of clients are served.', {
  allow: defaulted(listOf(text), [], 'Addresses and CIDR blocks; where there are any, nobody else is served.'),
  deny: defaulted(listOf(text), [], 'Addresses and CIDR blocks that are not served, whatever allow says.'),
});

/** Fields that tell browsers to be careful. */
export interface SecurityHeaders {
  readonly strictTransportSecurity: string;
  readonly contentTypeOptions: 'nosniff' | 'off';
  readonly frameOptions: 'SAMEORIGIN' | 'DENY' | 'off';
  readonly referrerPolicy: string;
  readonly contentSecurityPolicy?: string;
  readonly permissionsPolicy?: string;
  readonly crossOriginOpenerPolicy?: string;
  readonly crossOriginResourcePolicy?: string;
}

export const securityHeaders: Schema<SecurityHeaders> = object<SecurityHeaders>(
  'SecurityHeaders',
  'Fields that tell browsers to be careful, set where an answer has none of its own; off for none.',
  {
    strictTransportSecurity: defaulted(text, 'max-age=31536000', 'Strict-Transport-Security, over HTTPS only.'),
    contentTypeOptions: defaulted(literals('nosniff', 'off'), 'nosniff', 'X-Content-Type-Options.'),
    frameOptions: defaulted(literals('SAMEORIGIN', 'DENY', 'off'), 'SAMEORIGIN', 'X-Frame-Options.'),
    referrerPolicy: defaulted(text, 'strict-origin-when-cross-origin', 'Referrer-Policy.'),
    contentSecurityPolicy: optional(text, 'Content-Security-Policy.'),
    permissionsPolicy: optional(text, 'Permissions-Policy.'),
    crossOriginOpenerPolicy: optional(text, 'Cross-Origin-Opener-Policy.'),
    crossOriginResourcePolicy: optional(text, 'Cross-Origin-Resource-Policy.'),
  },
);

/** Media types that are worth it: text, and what is written in it. */
const compressible: readonly string[] = [
  'text/*',
  'application/json',
  'application/*+json',
  'application/x-ndjson',
  'application/javascript',
  'application/xml',
  'application/*+xml',
  'application/yaml',
  'application/wasm',
  'image/svg+xml',
];

/** Which responses are compressed, and how. */
export interface Compression {
  readonly encodings: readonly ContentCoding[];
  readonly minSize: number;
  readonly types: readonly string[];
  readonly eventStreams: boolean;
}

export const compression: Schema<Compression> = object<Compression>(
  'Compression',
  'Which responses are compressed, and how.',
  {
    encodings: defaulted(
      listOf(literals('zstd', 'br', 'gzip'), { min: 1 }),
      ['zstd', 'br', 'gzip'],
      'Content codings, the most liked first where a client takes several as gladly.',
    ),
    minSize: defaulted(integer(0), 1024, 'Bytes; shorter bodies stay as they are.'),
    types: defaulted(listOf(text), compressible, 'Media types; * stands for any characters.'),
    eventStreams: defaulted(bool, false, 'Compress server-sent events, too, each sent on at once.'),
  },
);
