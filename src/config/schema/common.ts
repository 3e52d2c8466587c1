/** Small pieces that many sections share. */

import { listOf, mapOf } from './kit/collection.ts';
import { required, optional, defaulted } from './kit/field.ts';
import { checked, none } from './kit/issue.ts';
import { headerName, headerOrPseudo, httpUrl, hostPort, namespacedHostname } from './kit/net.ts';
import { describe, type Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import {
  text,
  secretText,
  name,
  filePath,
  cel,
  duration,
  bool,
  integer,
  numberFrom,
  port,
  type CelText,
} from './kit/scalar.ts';
import { union } from './kit/union.ts';

/** A secret: its text, or the file that holds it. */
export type SecretOrFile = string | FileRef;

/** A document: its text, or the file or URL that has it. */
export type Document = string | FileRef | UrlRef;

/** CEL, a JSON number or a boolean: a sampling rate from 0 to 1. */
export type Sampling = string | number | boolean;

/** A body: the text of the file as UTF-8, or its list of byte values. */
export const bytes: Schema<Uint8Array> = checked<Uint8Array>((value, report) => {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  const items: readonly unknown[] = Array.isArray(value) ? value : [-1];
  if (items.every((item) => typeof item === 'number' && Number.isInteger(item) && item >= 0 && item <= 255)) {
    return Uint8Array.from(items as readonly number[]);
  }
  report({ problem: 'type', expected: 'text or a list of byte values' });
  return none;
});
describe(bytes, { kind: 'union', branches: [text, listOf(integer(0, 255))] });

export const sampling: Schema<Sampling> = union(text, numberFrom(0), bool);

/** A file to read. */
export interface FileRef {
  readonly file: string;
}

export const fileRef: Schema<FileRef> = object<FileRef>(
  'FileRef',
  'A file to read.',
  {
    file: required(filePath, 'Path of the file.'),
  },
  { open: true },
);

/** A document to download. */
interface UrlRef {
  readonly url: string;
}

const urlRef: Schema<UrlRef> = object<UrlRef>(
  'UrlRef',
  'A document to download.',
  {
    url: required(httpUrl, 'Where to download it.'),
  },
  { open: true },
);

export const secretOrFile: Schema<SecretOrFile> = union(secretText, fileRef);

export const document: Schema<Document> = union(text, fileRef, urlRef);

/** A service of the top-level `services` list. */
export interface ServiceRef {
  readonly name: string;
  readonly port: number;
}

export const serviceRef: Schema<ServiceRef> = object<ServiceRef>(
  'ServiceRef',
  'A service of the top-level `services` list.',
  {
    name: required(namespacedHostname, 'The service as namespace/hostname.'),
    port: required(port, 'Port of the service.'),
  },
);

/** The kinds of {@link BackendRef}. */
interface BackendRefKinds {
  readonly service: ServiceRef;
  readonly host: string;
  readonly backend: string;
}

/** Where a policy sends its own requests. */
export type BackendRef = OneOf<BackendRefKinds>;

export const backendRef: Schema<BackendRef> = oneOfKeys<BackendRefKinds>(
  'BackendRef',
  'Where a policy sends its own requests.',
  {
    service: required(serviceRef, 'A service from the services list.'),
    host: required(hostPort, 'A host and port.'),
    backend: required(name, 'Name of a top-level backend.'),
  },
  {},
);

/** Changes to header fields. */
export interface HeaderModifier {
  readonly add: Readonly<Record<string, string>>;
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

export const headerModifier: Schema<HeaderModifier> = object<HeaderModifier>(
  'HeaderModifier',
  'Changes to header fields.',
  {
    add: defaulted(mapOf(text, headerOrPseudo), {}, 'Fields to add, keeping those already there.'),
    set: defaulted(mapOf(text, headerOrPseudo), {}, 'Fields to set, replacing those already there.'),
    remove: defaulted(listOf(headerOrPseudo), [], 'Fields to take away.'),
  },
);

/** A credential in a header field. */
interface HeaderLocation {
  readonly name: string;
  readonly prefix?: string;
}

const headerLocation: Schema<HeaderLocation> = object<HeaderLocation>(
  'HeaderLocation',
  'A credential in a header field.',
  {
    name: required(headerName, "The header's name."),
    prefix: optional(text, 'Text before the credential, such as "Bearer ".'),
  },
);

/** A credential in a query parameter. */
interface NamedLocation {
  readonly name: string;
}

const namedLocation: Schema<NamedLocation> = object<NamedLocation>(
  'NamedLocation',
  'A credential in a query parameter.',
  {
    name: required(name, "The parameter's name."),
  },
);

/** A credential in a cookie. */
interface CookieLocation {
  readonly name: string;
}

const cookieLocation: Schema<CookieLocation> = object<CookieLocation>('CookieLocation', 'A credential in a cookie.', {
  name: required(name, "The cookie's name."),
});

/** The kinds of {@link CredentialLocation}. */
interface CredentialLocationKinds {
  readonly header: HeaderLocation;
  readonly queryParameter: NamedLocation;
  readonly cookie: CookieLocation;
  readonly expression: CelText;
}

/** Where a credential stands in a request. */
export type CredentialLocation = OneOf<CredentialLocationKinds>;

export const credentialLocation: Schema<CredentialLocation> = oneOfKeys<CredentialLocationKinds>(
  'CredentialLocation',
  'Where a credential stands in a request.',
  {
    header: required(headerLocation, 'In a header field.'),
    queryParameter: required(namedLocation, 'In a query parameter.'),
    cookie: required(cookieLocation, 'In a cookie.'),
    expression: required(cel, 'Where a CEL expression finds it.'),
  },
  {},
);

/** A rule: an expression that allows, or one that allows, denies or must hold. */
export type Rule = CelText | RuleKind;

/** The kinds of {@link RuleKind}. */
interface RuleKindKinds {
  readonly allow: CelText;
  readonly deny: CelText;
  readonly require: CelText;
}

/** One authorization rule. */
type RuleKind = OneOf<RuleKindKinds>;

const ruleKind: Schema<RuleKind> = oneOfKeys<RuleKindKinds>(
  'RuleKind',
  'One authorization rule.',
  {
    allow: required(cel, 'Requests for which this holds are allowed.'),
    deny: required(cel, 'Requests for which this holds are refused.'),
    require: required(cel, 'Requests for which this does not hold are refused.'),
  },
  {},
);

export const rule: Schema<Rule> = union(cel, ruleKind);

/** Authorization rules over CEL expressions. */
export interface RuleSet {
  readonly rules: readonly Rule[];
}

export const ruleSet: Schema<RuleSet> = object<RuleSet>('RuleSet', 'Authorization rules over CEL expressions.', {
  rules: required(listOf(rule), 'The rules; a rule that is text alone allows.'),
});

/** TCP keep-alive probes. */
export interface Keepalive {
  readonly enabled: boolean;
  readonly time: number;
  readonly interval: number;
  readonly retries: number;
}

export const keepalive: Schema<Keepalive> = object<Keepalive>('Keepalive', 'TCP keep-alive probes.', {
  enabled: defaulted(bool, true, 'Whether to probe idle connections.'),
  time: defaulted(duration, '3m0s', 'Idle time before the first probe.'),
  interval: defaulted(duration, '3m0s', 'Time between probes.'),
  retries: defaulted(integer(0, 4294967295), 9, 'Unanswered probes after which the connection is dead.'),
});
