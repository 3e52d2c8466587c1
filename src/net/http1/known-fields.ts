/** What the codec must know of a field name. */
export interface KnownField {
  readonly name: string;
  readonly id: FieldId;
}

/** Fields that the codec itself acts on; `other` for all else. */
export type FieldId = (typeof fieldId)[keyof typeof fieldId];

/** Ids of {@link KnownField}; those up to `transferEncoding` decide on routing and framing. `dropped` fields end here. */
export const fieldId: {
  readonly other: 0;
  readonly host: 1;
  readonly contentLength: 2;
  readonly transferEncoding: 3;
  readonly connection: 4;
  readonly upgrade: 5;
  readonly te: 6;
  readonly expect: 7;
  readonly dropped: 8;
} = {
  other: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  upgrade: 5,
  te: 6,
  expect: 7,
  dropped: 8,
};

const special: Record<string, FieldId> = {
  host: fieldId.host,
  'content-length': fieldId.contentLength,
  'transfer-encoding': fieldId.transferEncoding,
  connection: fieldId.connection,
  upgrade: fieldId.upgrade,
  te: fieldId.te,
  expect: fieldId.expect,
  'keep-alive': fieldId.dropped,
  'proxy-connection': fieldId.dropped,
  trailer: fieldId.dropped,
};

const common = [
  'accept',
  'accept-encoding',
  'accept-language',
  'accept-ranges',
  'access-control-allow-origin',
  'age',
  'alt-svc',
  'authorization',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'cookie',
  'date',
  'etag',
  'expires',
  'forwarded',
  'if-modified-since',
  'if-none-match',
  'last-event-id',
  'last-modified',
  'link',
  'location',
  'mcp-protocol-version',
  'mcp-session-id',
  'openai-organization',
  'openai-processing-ms',
  'openai-version',
  'origin',
  'pragma',
  'range',
  'referer',
  'retry-after',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'server',
  'set-cookie',
  'strict-transport-security',
  'traceparent',
  'tracestate',
  'user-agent',
  'vary',
  'via',
  'www-authenticate',
  'x-api-key',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-request-id',
  'x-stainless-arch',
  'x-stainless-lang',
  'x-stainless-os',
  'x-stainless-package-version',
  'x-stainless-retry-count',
  'x-stainless-runtime',
  'x-stainless-runtime-version',
];

/** `content-type` → `Content-Type`: how names are usually written. */
export function titleCase(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/**
 * Known fields by name, as lower case and as title case: a look-up costs no more than lower-casing, and gives a shared
 * string instead of one that keeps the whole head in memory.
 */
export const knownFields: ReadonlyMap<string, KnownField> = new Map(
  [...Object.keys(special), ...common].flatMap((name) => {
    const field: KnownField = { name, id: special[name] ?? fieldId.other };
    return [
      [name, field],
      [titleCase(name), field],
    ] as const;
  }),
);
