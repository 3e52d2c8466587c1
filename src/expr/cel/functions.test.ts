import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allVariables } from '../variables.ts';
import { flattenedFields } from './flatten.ts';
import { HeaderView } from './headers.ts';
import { toJs, toText } from './output.ts';
import { compileCel } from './program.ts';
import { CelErrorValue, type CelErrorCode } from './errors.ts';
import type { CelResult } from './values.ts';

const fields: { readonly [name: string]: readonly string[] } = {
  single: ['z'],
  multi: ['a,b', 'c'],
  authorization: ['Bearer token'],
  cookie: ['session=abc; theme=light', 'session=def; empty='],
};
const values: { readonly [root: string]: unknown } = {
  request: {
    uri: 'http://example.com/api/test?foo=bar&foo=baz&zap=zip#end',
    pathAndQuery: '/api/test?foo=bar&foo=baz',
    headers: new HeaderView({ names: () => Object.keys(fields), values: (name) => fields[name] ?? [] }),
    body: Buffer.from('{"model":"m"}'),
  },
  jwt: { sub: 'me', rawToken: 'token' },
  apiKey: { key: 'secret', tier: 'gold' },
  metadata: { a: { b: 1, c: [true] } },
  backend: null,
};

function run(source: string): CelResult {
  return compileCel(source, allVariables).evaluate({ get: (root) => values[root] });
}

function gives(cases: readonly (readonly [source: string, value: unknown])[]): void {
  for (const [source, value] of cases) assert.deepEqual(toJs(run(source)), value, source);
}

function fails(code: CelErrorCode, ...sources: string[]): void {
  for (const source of sources) {
    const result = run(source);
    assert.ok(result instanceof CelErrorValue, `${source} gave ${toText(result)}`);
    assert.equal(result.code, code, source);
  }
}

test('json reads text and bytes; toJson writes', () => {
  gives([
    ['json(\'{"hi":1}\').hi', 1],
    ['json(request.body).model', 'm'],
    ['jsonField(request.body, "model")', 'm'],
    ['toJson({"hello": ["world", 1.5, null, b"x"]})', '{"hello":["world",1.5,null,"eA=="]}'],
    ['to_json(metadata)', '{"a":{"b":1,"c":[true]}}'],
  ]);
  fails('noSuchKey', 'json(\'{"hi":1}\').unknown', 'jsonField(\'{"hi":1}\', "unknown")', 'jsonField("[]", "x")');
  fails('invalid', 'json("{")', 'json(b"\\xff")');
});

test('unvalidatedJwtPayload reads base64url claims', () => {
  gives([
    ['unvalidatedJwtPayload("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjMiLCJhZG1pbiI6dHJ1ZX0.")', { sub: '123', admin: true }],
    ['unvalidatedJwtPayload("eyJhbGciOiJub25lIn0.eyJkYXRhIjoifn5-In0.").data', '~~~'],
  ]);
  fails(
    'invalid',
    'unvalidatedJwtPayload("not-a-jwt")',
    'unvalidatedJwtPayload("a.b.c")',
    'unvalidatedJwtPayload("a.+.c")',
  );
});

test('with, mapValues, filterKeys and merge', () => {
  gives([
    ['[1,2].with(a, a + a)', [1, 2, 1, 2]],
    ['{"a": 1, "b": 2}.mapValues(v, v * 2)', { a: 2, b: 4 }],
    ['{"a": 1, "b": 2}.filterKeys(k, k == "a")', { a: 1 }],
    ['{"a": 1, "secret": 9}.filterKeys(k, !k.startsWith("s")).mapValues(v, v + 1)', { a: 2 }],
    ['json(request.body).filterKeys(k, k != "model")', {}],
    ['{"a":2,"k":"v"}.merge({"a":3})', { a: 3, k: 'v' }],
    ['jwt.merge({"x": 1}).x', 1],
  ]);
  assert.throws(() => run('{"a": 1}.filterKeys(k, 42)'), /expected a bool condition/);
  assert.throws(() => run('[1].filterKeys(k, true)'), /runs over a map/);
});

test('default replaces what is missing or null, coalesce any failure', () => {
  gives([
    ['default({"a":1}["a"], 2)', 1],
    ['default({"a":1}["b"], 2)', 2],
    ['default(request.headers["missing"], "fallback")', 'fallback'],
    ['default(backend.name, "none")', 'none'],
    ['default(null, 1)', 1],
    ['coalesce({"a":1}["b"], {"a":2}["a"], 3)', 2],
    ['coalesce(fail("bad"), 1 / 0, "fallback")', 'fallback'],
    ['coalesce(null, "fallback")', 'fallback'],
    ['coalesce(null, fail("bad"))', null],
  ]);
  fails('divideByZero', 'default(1 / 0, 2)', 'coalesce(fail("bad"), 1 / 0)');
  assert.throws(() => run('coalesce()'), /does not take 0/);
  assert.throws(() => run('default(1)'), /does not take 1/);
});

test('codings', () => {
  gives([
    ['base64.encode("hello")', 'aGVsbG8='],
    ['base64Encode(b"hello")', 'aGVsbG8='],
    ['string(base64.decode("aGVsbG8="))', 'hello'],
    ['string(base64.decode("Zg"))', 'f'],
    ['url.encode("hello world/?x=1&y=2")', 'hello%20world%2F%3Fx%3D1%26y%3D2'],
    ['url.encode("abc-._~!é")', 'abc-._~%21%C3%A9'],
    ['url.decode("hello%20world%2F+%")', 'hello world/+%'],
    [
      'form.decode("client_id=abc&scope=openid+profile&a=1&a=2")',
      { client_id: 'abc', scope: 'openid profile', a: ['1', '2'] },
    ],
    ['form.encode({"b": ["1", "2"], "a": "x y", "n": null})', 'a=x+y&b=1&b=2'],
    ['sha1.encode("hello")', 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d'],
    ['sha256.encode(b"hello")', '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'],
    ['md5.encode("hello")', '5d41402abc4b2a76b9719d911017c592'],
  ]);
  fails(
    'invalid',
    'base64.decode("a")',
    'base64.decode("Zh")',
    'base64.decode("a b=")',
    'url.decode("%FF")',
    'form.encode({"bad": {}})',
  );
});

test('strings: regexReplace, stripPrefix, stripSuffix and the extension', () => {
  gives([
    ['"/id/1234/data".regexReplace("/id/[0-9]*/", "/id/{id}/")', '/id/{id}/data'],
    ['"blah id=1234 bar".regexReplace("id=(.+?) ", "[$1] ")', 'blah [1234] bar'],
    ['"aa".regexReplace("a", "b")', 'ba'],
    ['"/v1/x".stripPrefix("/v1").stripSuffix("x")', '/'],
    ['"x".stripSuffix("")', 'x'],
    ['"a,b,c".split(",", 2)', ['a', 'b,c']],
    ['"ABCé".lowerAscii() + "é".upperAscii()', 'abcéé'],
    ['["a"].contains("a") && {"k": 1}.contains("k") && b"abc".contains(b"bc")', true],
    ['"tacocat".substring(1, 3) + "😀x".charAt(1)', 'acx'],
  ]);
});

test('uuid and random are new each time', () => {
  assert.match(toText(run('uuid()')) ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  gives([
    ['uuid() == uuid()', false],
    ['random() >= 0.0 && random() <= 1.0', true],
  ]);
  const program = compileCel('uuid()', {});
  const activation = { get: (): undefined => undefined };
  assert.notEqual(program.evaluate(activation), program.evaluate(activation));
});

test('fail always fails', () => {
  fails('failed', 'fail("x")', 'fail()', 'true ? fail("x") : 1');
});

test('header views', () => {
  gives([
    ['request.headers.single', 'z'],
    ['request.headers["MULTI"]', ['a,b', 'c']],
    ['request.headers.join()["multi"]', 'a,b,c'],
    ['request.headers.raw()["single"]', ['z']],
    ['request.headers.split().multi', ['a', 'b', 'c']],
    ['request.headers.split().raw()["multi"]', ['a,b', 'c']],
    ['request.headers.redacted().authorization', '<redacted>'],
    ['request.headers.redacted().split()["authorization"]', ['<redacted>']],
    ['request.headers.authorization', 'Bearer token'],
    ['request.headers.cookie("session")', 'abc'],
    ['request.headers.cookie("theme")', 'light'],
    ['request.headers.cookie("empty")', ''],
    ['"single" in request.headers && !("none" in request.headers)', true],
    ['has(request.headers.multi)', true],
    ['size(request.headers)', 4],
    ['request.headers.redacted().filter(name, name.startsWith("s"))', ['single']],
  ]);
  fails('noSuchKey', 'request.headers.cookie("none")', 'request.headers["none"]');
});

test('a plain record of header fields serves as well', () => {
  const program = compileCel('request.headers.join()["X-A"]', allVariables);
  assert.equal(program.evaluate({ get: () => ({ headers: { 'x-a': ['1', '2'] } }) }), '1,2');
});

test('query accessors', () => {
  gives([
    ['request.pathAndQuery.query("foo") == ["bar", "baz"]', true],
    ['request.uri.query("zap")', ['zip']],
    ['request.pathAndQuery.addQuery("foo", "q x")', '/api/test?foo=bar&foo=baz&foo=q+x'],
    ['request.uri.setQuery("foo", "qux")', 'http://example.com/api/test?zap=zip&foo=qux#end'],
    ['"/a".addQuery("b", "c")', '/a?b=c'],
  ]);
  fails('noSuchKey', 'request.uri.query("none")', '"/a".query("b")');
});

test('credentials stay hidden unless they are asked for', () => {
  gives([
    ['jwt.rawToken', '<redacted>'],
    ['jwt', { sub: 'me', rawToken: '<redacted>' }],
    ['toJson(apiKey)', '{"key":"<redacted>","tier":"gold"}'],
    ['variables().jwt.rawToken', '<redacted>'],
    ['string(apiKey.key)', '<redacted>'],
    ['"%s".format([apiKey])', '{key: <redacted>, tier: gold}'],
    ['jwt.map(k, jwt[k])', ['me', '<redacted>']],
    ['[jwt].map(j, j.rawToken)[0]', '<redacted>'],
    ['jwt.with(j, toJson(j)).contains("token\\"")', false],
    ['apiKey.key.unredacted()', 'secret'],
    ['"Bearer " + jwt.rawToken.unredacted()', 'Bearer token'],
  ]);
  assert.throws(() => run('"Bearer " + jwt.rawToken'), /found string \+ secret/);
});

test('IP addresses and CIDRs', () => {
  gives([
    ['ip("192.168.0.1")', '192.168.0.1'],
    ['ip("2001:DB8:0:0::68")', '2001:db8::68'],
    ['string(ip("::ffff:1.2.3.4"))', '::ffff:1.2.3.4'],
    ['ip("1.2.3.4").family() + ip("::1").family()', 10],
    ['isIP("2001:db8:::68") || isIP("1.2.3") || isIP("fe80::1%eth0")', false],
    ['ip("0.0.0.0").isUnspecified() && ip("::").isUnspecified() && !ip("::1").isUnspecified()', true],
    ['ip("127.0.0.1").isLoopback() && ip("::1").isLoopback() && !ip("1.2.3.4").isLoopback()', true],
    [
      'ip("224.0.0.1").isLinkLocalMulticast() && ip("ff02::1").isLinkLocalMulticast() && !ip("224.0.1.1").isLinkLocalMulticast()',
      true,
    ],
    [
      'ip("169.254.169.254").isLinkLocalUnicast() && ip("fe80::1").isLinkLocalUnicast() && !ip("fd80::1").isLinkLocalUnicast()',
      true,
    ],
    ['ip("192.168.0.1").isGlobalUnicast() && ip("2001:db8::abcd").isGlobalUnicast()', true],
    ['ip("255.255.255.255").isGlobalUnicast() || ip("ff00::1").isGlobalUnicast()', false],
    ['ip("::1") == ip("0:0::1")', true],
    ['cidr("127.0.0.1/8")', '127.0.0.1/8'],
    ['cidr("127.0.7.1/8").masked()', '127.0.0.0/8'],
    ['cidr("2001:db8:ffff::/33").masked()', '2001:db8:8000::/33'],
    ['cidr("::1/128").prefixLength()', 128],
    ['cidr("10.0.0.0/8").containsIP("10.2.3.4") && cidr("10.0.0.0/8").containsIP(ip("10.0.0.0"))', true],
    ['cidr("10.0.0.0/8").containsIP("11.0.0.0") || cidr("0.0.0.0/0").containsIP("::1")', false],
    ['cidr("10.0.0.0/8").containsCIDR(cidr("10.1.0.0/16")) && !cidr("10.0.0.0/16").containsCIDR("10.0.0.0/8")', true],
    ['cidr("10.1.2.3/8").ip()', '10.1.2.3'],
  ]);
  fails('invalid', 'ip("192.168.0.1.0")', 'cidr("1.2.3.4/33")', 'cidr("1.2.3.4")', 'cidr("1.0.0.0/8").containsIP("x")');
});

test('math beyond the suite: mixed numbers, masks of bytes, sqrt', () => {
  gives([
    ['math.least(1, -2.0) == -2.0 && math.greatest([1u, 0.0, 0u]) == 1', true],
    ['math.bitAnd(0x4, base64.decode("BQ=="))', 4],
    ['base64.encode(math.bitAnd(base64.decode("AAE="), base64.decode("AQ==")))', 'AAE='],
    ['math.sqrt(81)', 9],
    ['max(1, 3, 2) - min([4, 2])', 1],
  ]);
  fails('invalid', 'math.greatest([])', 'math.bitAnd(-1, base64.decode("BQ=="))');
  assert.throws(() => run('math.least("string")'), /cannot be called/);
});

test('flatten makes one log field of each entry', () => {
  const fieldsOf = (source: string): unknown => flattenedFields('f', run(source));
  assert.deepEqual(fieldsOf('flatten(metadata)'), [['f.a', { b: 1, c: [true] }]]);
  assert.deepEqual(fieldsOf('flattenRecursive(metadata)'), [
    ['f.a.b', 1],
    ['f.a.c.0', true],
  ]);
  assert.deepEqual(fieldsOf('flatten(["x"])'), [['f.0', 'x']]);
  assert.deepEqual(fieldsOf('1 + 1'), [['f', 2]]);
  assert.deepEqual(fieldsOf('fail()'), []);
});

test('text of results: strings bare, bytes as UTF-8, times bare, the rest as JSON', () => {
  const cases: [source: string, text: string | undefined][] = [
    ['"a"', 'a'],
    ['b"a"', 'a'],
    ['1.0', '1'],
    ['[1, "a"]', '[1,"a"]'],
    ['duration("90s")', '90s'],
    ['timestamp(0)', '1970-01-01T00:00:00Z'],
    ['null', 'null'],
    ['int', 'int'],
    ['fail()', undefined],
  ];
  for (const [source, text] of cases) assert.equal(toText(run(source)), text, source);
});

test('a loop over many regular expressions ends in time', () => {
  const patterns = Array.from({ length: 20_000 }, (_, index) => `a${index}+`);
  const program = compileCel('metadata.patterns.all(p, !"x".matches(p))', allVariables);
  const result = program.evaluate({ get: () => ({ patterns }) });
  assert.ok(result instanceof CelErrorValue && result.code === 'limit');
});
