import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GatewayError } from '../../base/errors.ts';
import type { PathNormalization } from '../../model/defence.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { RequestHead } from '../../net/http/message.ts';
import { compileNormaliser, normalisePath } from './normalise.ts';

const keep: PathNormalization = { mergeSlashes: false, dotSegments: 'keep', encodedSlash: 'keep', backslash: 'keep' };
const all: PathNormalization = {
  mergeSlashes: true,
  dotSegments: 'resolve',
  encodedSlash: 'decode',
  backslash: 'toSlash',
};
const none: PathNormalization = {
  mergeSlashes: false,
  dotSegments: 'reject',
  encodedSlash: 'reject',
  backslash: 'reject',
};

function refusal(run: () => unknown): string {
  try {
    return String(run());
  } catch (error) {
    return `${(error as GatewayError).status} ${(error as GatewayError).message}`;
  }
}

describe('the path of a request in one form', () => {
  it('has no dot segments, however they are written', () => {
    const options = { ...keep, dotSegments: 'resolve' } as const;
    for (const [from, to] of [
      ['/a/b/../c', '/a/c'],
      ['/a/./b', '/a/b'],
      ['/a/%2e%2E/b', '/b'],
      ['/a/.%2e/b', '/b'],
      ['/a/%2e/b', '/a/b'],
      ['/../../a', '/a'],
      ['/..', '/'],
      ['/.', '/'],
      ['/a/..', '/'],
      ['/a/b/..', '/a/'],
      ['/a/.', '/a/'],
      ['/a//../b', '/a/b'],
      ['/a/...', '/a/...'],
      ['/a/.b/..c', '/a/.b/..c'],
      ['/a/%252e%252e/b', '/a/%252e%252e/b'],
      ['/a/..;x/b', '/a/..;x/b'],
      ['/a/', '/a/'],
    ] as const) {
      assert.equal(normalisePath(from, options), to, from);
    }
  });

  it('has single slashes', () => {
    const options = { ...keep, mergeSlashes: true };
    assert.equal(normalisePath('//a///b//', options), '/a/b/');
    assert.equal(normalisePath('/a/b', options), '/a/b');
    assert.equal(normalisePath('/a/%2f/b', options), '/a/%2f/b');
  });

  it('has slashes that were written otherwise, and those are seen by the steps behind', () => {
    assert.equal(normalisePath('/a%2Fb%5cc', { ...keep, encodedSlash: 'decode' }), '/a/b\\c');
    assert.equal(normalisePath('/a\\b', { ...keep, backslash: 'toSlash' }), '/a/b');
    assert.equal(normalisePath('/a%5C..%2f%2F..\\b', all), '/b');
    assert.equal(normalisePath('/public/..%2fadmin', all), '/admin');
    assert.equal(normalisePath('/a%252fb', all), '/a%252fb');
  });

  it('is the same when it is brought into that form again', () => {
    for (const path of ['/a/./b//../%2e%2e/c%2fd\\..\\e', '/..%2f..%5c//x', '/%2e', '/a/b/%2e./']) {
      const once = normalisePath(path, all);
      assert.equal(normalisePath(once, all), once, path);
    }
  });

  it('is refused with what may be read in two ways', () => {
    assert.equal(
      refusal(() => normalisePath('/a/../b', none)),
      '400 a dot segment is not taken here',
    );
    assert.equal(
      refusal(() => normalisePath('/a/%2E', none)),
      '400 a dot segment is not taken here',
    );
    assert.equal(
      refusal(() => normalisePath('/a/..;x=y/b', none)),
      '400 a dot segment is not taken here',
    );
    assert.equal(
      refusal(() => normalisePath('/a%2fb', none)),
      '400 an encoded slash is not taken here',
    );
    assert.equal(
      refusal(() => normalisePath('/a%5Cb', none)),
      '400 an encoded slash is not taken here',
    );
    assert.equal(
      refusal(() => normalisePath('/a\\b', none)),
      '400 a backslash is not taken here',
    );
    assert.equal(
      refusal(() => normalisePath('/a/b.c/..d', none)),
      '/a/b.c/..d',
    );
  });

  it('stays as it came where nothing says otherwise, and where it is none', () => {
    assert.equal(normalisePath('//a/../%2f\\', keep), '//a/../%2f\\');
    assert.equal(normalisePath('*', all), '*');
    assert.equal(normalisePath('', none), '');
  });
});

describe('field names with underscores', () => {
  const head = (): RequestHead => {
    const fields = ['x_a', '1', 'x-a', '2', 'x_a', '3', '_', '4'];
    return new RequestHead('GET', 'http', 'a', '/', '', 11, new HeaderList(fields), 0, false, '', false);
  };

  it('are dropped, or refused', () => {
    const request = head();
    compileNormaliser({ underscores: 'drop' })?.(request);
    assert.deepEqual(request.headers.flat, ['x-a', '2']);
    const refuse = compileNormaliser({ underscores: 'reject' });
    assert.equal(
      refusal(() => refuse?.(head())),
      '400 a field name with an underscore is not taken here',
    );
  });

  it('cost nothing where they are kept', () => {
    assert.equal(compileNormaliser({ underscores: 'keep' }), null);
  });
});
