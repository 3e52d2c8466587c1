import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Model } from '../../model/model.ts';
import { shownModel } from './shown-model.ts';

const names = [
  'backendAuth',
  'providerAuth',
  'awsKeyId',
  'awsKey',
  'awsSession',
  'googleFile',
  'azureSecret',
  'listenerKey',
  'backendKey',
  'sessionKey',
  'setHeader',
  'customHeader',
  'matchHeader',
  'matchQuery',
  'env',
  'flag',
  'assignedFlag',
  'headerArg',
  'urlQuery',
  'urlUser',
  'pathOverride',
  'oidcSecret',
  'oidcCookieKey',
  'signingKey',
  'extraKey',
  'exchangeSecret',
  'hashedKey',
  'passwordHash',
  'introspectionSecret',
] as const;
type Secrets = Readonly<Record<(typeof names)[number], string>>;

const pem = (kind: string, body: string): string => `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----\n`;
const none = new Map<string, never>();

/** A model with a secret in every place that can hold one. */
function model(s: Secrets): Model {
  const frontend = {
    accessLog: { add: new Map([['token', `request.headers["x"] == "${s.backendAuth}"`]]), remove: [] },
  };
  const value = {
    process: {
      workers: 1,
      sessionKey: s.sessionKey,
      sensitiveHeaders: ['x-tenant'],
      logging: { level: 'info', format: 'text', add: none, remove: [] },
      metrics: { remove: [], add: none },
    },
    binds: [
      {
        key: 'bind/80',
        port: 80,
        addresses: [],
        mode: 'standard',
        frontend,
        listeners: [
          {
            key: 'listener/shown',
            protocol: 'HTTPS',
            tls: { certificate: pem('CERTIFICATE', 'public-part'), privateKey: pem('PRIVATE KEY', s.listenerKey) },
            routes: [
              {
                key: 'route/shown',
                hostnames: ['shown.example'],
                matches: [
                  {
                    path: { kind: 'exact', value: '/shown' },
                    headers: [{ kind: 'exact', name: 'x-api-key', value: s.matchHeader }],
                    query: [{ kind: 'exact', name: 'access_token', value: s.matchQuery }],
                  },
                ],
                policies: [
                  { apiKey: { keys: [{ hashedSecret: s.hashedKey, metadata: { team: 'a' } }] } },
                  { basicAuth: { users: [{ user: 'somebody', hashedPassword: s.passwordHash }] } },
                  { oidc: { clientSecret: s.oidcSecret, cookieKey: s.oidcCookieKey } },
                  { introspection: { clientSecret: s.introspectionSecret } },
                  {
                    requestHeaderModifier: {
                      set: new Map([
                        ['authorization', `Bearer ${s.setHeader}`],
                        ['x-shown', 'visible value'],
                      ]),
                      add: new Map([['x-tenant', s.customHeader]]),
                      remove: [],
                    },
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
    backends: new Map<string, unknown>([
      [
        'host',
        {
          kind: 'host',
          name: 'host',
          policies: {
            backendAuth: { kind: 'key', value: s.backendAuth },
            backendTLS: {
              // A bundle: some put the key into the certificate's file.
              certificate: pem('CERTIFICATE', 'public-part') + pem('RSA PRIVATE KEY', s.backendKey),
              privateKey: pem('RSA PRIVATE KEY', s.backendKey),
              insecure: false,
            },
          },
        },
      ],
      [
        'ai',
        {
          kind: 'ai',
          name: 'ai',
          groups: [
            [
              {
                name: 'provider-shown',
                pathOverride: `/v1?key=${s.pathOverride}`,
                policies: { backendAuth: { kind: 'key', value: s.providerAuth } },
              },
            ],
          ],
        },
      ],
      [
        'clouds',
        [
          {
            backendAuth: {
              kind: 'aws',
              keys: { accessKeyId: s.awsKeyId, secretAccessKey: s.awsKey, sessionToken: s.awsSession },
            },
          },
          { backendAuth: { kind: 'jwtSign', privateKey: s.signingKey, extra: [{ secret: s.extraKey }] } },
          { backendAuth: { kind: 'tokenExchange', endpoint: { client: { clientSecret: s.exchangeSecret } } } },
          { backendAuth: { kind: 'gcp', type: 'accessToken', credential: `{"refresh_token":"${s.googleFile}"}` } },
          {
            backendAuth: {
              kind: 'azure',
              from: { kind: 'clientSecret', tenantId: 'tenant', clientSecret: s.azureSecret },
            },
          },
        ],
      ],
      [
        'mcp',
        {
          kind: 'mcp',
          name: 'mcp',
          targets: [
            {
              kind: 'stdio',
              name: 'child',
              command: 'npx',
              args: [
                '--verbose',
                '--api-key',
                s.flag,
                `--token=${s.assignedFlag}`,
                `Authorization: Bearer ${s.headerArg}`,
                `https://user:${s.urlUser}@host/x?token=${s.urlQuery}`,
              ],
              env: new Map([['ANYTHING', s.env]]),
              inheritEnv: false,
            },
          ],
        },
      ],
    ]),
  };
  return value as unknown as Model;
}

/** Secrets as people have them: long enough not to be ordinary words; no blanks, quotes or URL delimiters. */
const secret = fc.stringMatching(/^[A-Za-z0-9+/_.~-]{12,40}$/).map((text) => `${text}=S`);
const plainSecret = fc.stringMatching(/^[A-Za-z0-9_.~-]{12,40}$/).map((text) => `${text}-S`);

test('no secret of a model is anywhere in the dump', () => {
  const secrets = fc.record(
    Object.fromEntries(names.map((name) => [name, /^url|^path|Key$/.test(name) ? plainSecret : secret])) as Record<
      keyof Secrets,
      typeof secret
    >,
  );
  fc.assert(
    fc.property(secrets, (s) => {
      const dump = JSON.stringify(shownModel(model(s)));
      for (const name of names) assert.ok(!dump.includes(s[name]), name);
    }),
    { numRuns: 200 },
  );
});

test('what is not secret stays, as JSON', () => {
  const s = Object.fromEntries(names.map((name) => [name, `S3CRET-${name}`])) as Secrets;
  const dump = JSON.parse(JSON.stringify(shownModel(model(s)))) as Record<string, unknown>;
  const text = JSON.stringify(dump);
  const shown = [
    'bind/80',
    'listener/shown',
    'shown.example',
    '/shown',
    'visible value',
    'public-part',
    'provider-shown',
    'accessToken',
    'clientSecret',
    'tenant',
  ];
  for (const part of [...shown, 'ANYTHING', 'npx', '--verbose', 'x-tenant']) assert.ok(text.includes(part), part);
  assert.deepEqual(Object.keys(dump['backends'] as object), ['host', 'ai', 'clouds', 'mcp']);
  assert.doesNotMatch(text, /S3CRET/);
});

test('secrets with quotes, line breaks and regular expression characters are found elsewhere too', () => {
  const odd = 'a"b\\c\n.*+?^$(){}|[]é';
  const s = Object.fromEntries(names.map((name) => [name, `plain-secret-${name}`])) as Secrets;
  const dump = JSON.stringify(shownModel(model({ ...s, backendAuth: odd })));
  assert.ok(!dump.includes(JSON.stringify(odd).slice(1, -1)));
});

test('bytes and names that JSON treats specially do no harm', () => {
  const odd = {
    process: { sensitiveHeaders: [] },
    binds: [],
    backends: new Map<string, unknown>([['__proto__', { body: new Uint8Array(3), big: 10n }]]),
  } as unknown as Model;
  assert.equal(
    JSON.stringify(shownModel(odd)),
    '{"process":{"sensitiveHeaders":[]},"binds":[],"backends":{"__proto__":{"body":"<3 bytes>","big":"10"}}}',
  );
});
