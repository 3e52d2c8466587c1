import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PathMatch, RouteMatch } from '../../model/route.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { RequestHead } from '../../net/http/message.ts';
import { RouteTable } from './route-table.ts';

/** Each case: routes by name, then requests and the route that each must reach ('' for none). */
interface Case {
  readonly title: string;
  readonly listener?: string;
  readonly routes: Readonly<Record<string, { hostnames?: string[]; matches?: Partial<RouteMatch>[] }>>;
  readonly requests: readonly { host?: string; line: string; headers?: Record<string, string>; want: string }[];
}

const exact = (value: string): PathMatch => ({ kind: 'exact', value });
const prefix = (value: string): PathMatch => ({ kind: 'prefix', value });
const regex = (value: string): PathMatch => ({ kind: 'regex', value });

const cases: readonly Case[] = [
  {
    title: 'a prefix matches whole segments only, with or without its trailing slash',
    routes: { foo: { matches: [{ path: prefix('/foo') }] }, bar: { matches: [{ path: prefix('/bar/') }] } },
    requests: [
      { line: 'GET /foo', want: 'foo' },
      { line: 'GET /foo/', want: 'foo' },
      { line: 'GET /foo/x/y', want: 'foo' },
      { line: 'GET /foobar', want: '' },
      { line: 'GET /bar', want: 'bar' },
      { line: 'GET /bar/x', want: 'bar' },
      { line: 'GET /ba', want: '' },
    ],
  },
  {
    title: 'exact wins over prefix, prefix over regex, and the longer prefix over the shorter',
    routes: {
      any: { matches: [{ path: prefix('/') }] },
      regex: { matches: [{ path: regex('/a/.*') }] },
      short: { matches: [{ path: prefix('/a') }] },
      long: { matches: [{ path: prefix('/a/b') }] },
      exact: { matches: [{ path: exact('/a/b') }] },
    },
    requests: [
      { line: 'GET /a/b', want: 'exact' },
      { line: 'GET /a/b/c', want: 'long' },
      { line: 'GET /a/c', want: 'short' },
      { line: 'GET /z', want: 'any' },
    ],
  },
  {
    title: 'a regex matches the whole path',
    routes: { version: { matches: [{ path: regex('/v[0-9]+') }] } },
    requests: [
      { line: 'GET /v12', want: 'version' },
      { line: 'GET /v12/x', want: '' },
      { line: 'GET /x/v1', want: '' },
    ],
  },
  {
    title: 'on one path a method wins over headers, more headers over fewer, headers over query parameters',
    routes: {
      plain: { matches: [{ path: prefix('/') }] },
      query: { matches: [{ query: [{ kind: 'exact', name: 'q', value: '1' }] }] },
      header: { matches: [{ headers: [{ kind: 'exact', name: 'a', value: '1' }] }] },
      headers: {
        matches: [
          {
            headers: [
              { kind: 'exact', name: 'a', value: '1' },
              { kind: 'exact', name: 'b', value: '1' },
            ],
          },
        ],
      },
      method: { matches: [{ method: 'POST' }] },
    },
    requests: [
      { line: 'GET /', want: 'plain' },
      { line: 'GET /?q=1', want: 'query' },
      { line: 'GET /?q=1', headers: { a: '1' }, want: 'header' },
      { line: 'GET /?q=1', headers: { a: '1', b: '1' }, want: 'headers' },
      { line: 'POST /?q=1', headers: { a: '1', b: '1' }, want: 'method' },
    ],
  },
  {
    title: 'of equal matches the first in the configuration wins',
    routes: { first: { matches: [{ path: prefix('/x') }] }, second: { matches: [{ path: prefix('/x') }] } },
    requests: [{ line: 'GET /x', want: 'first' }],
  },
  {
    title: 'an exact host name wins over a wildcard, a longer wildcard over a shorter, any host comes last',
    routes: {
      any: {},
      com: { hostnames: ['*.com'] },
      example: { hostnames: ['*.example.com'] },
      exact: { hostnames: ['api.example.com'] },
    },
    requests: [
      { host: 'api.example.com', line: 'GET /', want: 'exact' },
      { host: 'x.example.com', line: 'GET /', want: 'example' },
      { host: 'a.b.example.com', line: 'GET /', want: 'example' },
      { host: 'example.com', line: 'GET /', want: 'com' },
      { host: 'localhost', line: 'GET /', want: 'any' },
    ],
  },
  {
    title: 'a host name that fits but whose matches do not leaves the request to less specific ones',
    routes: {
      wild: { hostnames: ['*.example.com'] },
      exact: { hostnames: ['api.example.com'], matches: [{ path: prefix('/only') }] },
    },
    requests: [
      { host: 'api.example.com', line: 'GET /only', want: 'exact' },
      { host: 'api.example.com', line: 'GET /else', want: 'wild' },
    ],
  },
  {
    title: "a listener's host name narrows its routes'",
    listener: '*.example.com',
    routes: { inside: { hostnames: ['api.example.com', 'other.org'] }, wide: { hostnames: ['*.com'] } },
    requests: [
      { host: 'api.example.com', line: 'GET /', want: 'inside' },
      { host: 'other.org', line: 'GET /', want: '' },
      { host: 'b.example.com', line: 'GET /', want: 'wide' },
      { host: 'b.com', line: 'GET /', want: '' },
    ],
  },
  {
    title: 'several lines of a header match as one list value; a regex must match all of it',
    routes: {
      list: { matches: [{ headers: [{ kind: 'exact', name: 'x', value: 'a, b' }] }] },
      pattern: { matches: [{ headers: [{ kind: 'regex', name: 'y', value: 't-[0-9]+' }] }] },
    },
    requests: [
      { line: 'GET /', headers: { x: 'a, b' }, want: 'list' },
      { line: 'GET /', headers: { y: 't-12' }, want: 'pattern' },
      { line: 'GET /', headers: { y: 't-12x' }, want: '' },
    ],
  },
  {
    title: 'query parameters are decoded, and the first of a name counts',
    routes: { q: { matches: [{ query: [{ kind: 'exact', name: 'a b', value: 'ü' }] }] } },
    requests: [
      { line: 'GET /?a+b=%C3%BC&a+b=x', want: 'q' },
      { line: 'GET /?a%20b=x&a+b=%C3%BC', want: '' },
    ],
  },
];

for (const { title, listener, routes, requests } of cases) {
  test(title, () => {
    const table = new RouteTable(
      listener,
      Object.entries(routes).map(([name, spec]) => {
        const matches = (spec.matches ?? [{}]).map((match) => ({
          path: prefix('/'),
          headers: [],
          query: [],
          ...match,
        }));
        return [{ hostnames: spec.hostnames ?? [], matches }, name] as const;
      }),
    );
    for (const { host = 'localhost', line, headers = {}, want } of requests) {
      const found = table.find(host, head(line, headers))?.route ?? '';
      assert.equal(found, want, `${host} ${line} ${JSON.stringify(headers)}`);
    }
  });
}

function head(line: string, headers: Record<string, string>): RequestHead {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', query] = target.split('?');
  const list = new HeaderList(Object.entries(headers).flat());
  return new RequestHead(
    method,
    'http',
    '',
    path,
    query === undefined ? '' : `?${query}`,
    11,
    list,
    0,
    false,
    '',
    false,
  );
}
