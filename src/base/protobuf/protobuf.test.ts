import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromBinary, toBinary, toJson, type JsonObject } from '@bufbuild/protobuf';
import { DurationSchema, StructSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { bool, bytes, latin1, mapOf, message, nested, oneOf, repeated, signed, text, unsigned } from './message.ts';
import type { MessageType } from './message.ts';
import { duration, fromMs, struct, toMs, type ProtoStruct } from './well-known.ts';

interface Leaf {
  readonly name?: string;
  readonly raw?: string;
}

interface Tree {
  readonly size?: number;
  readonly delta?: number;
  readonly leaf?: Leaf;
  readonly leaves?: readonly Leaf[];
  readonly labels?: ReadonlyMap<string, string>;
  readonly yes?: boolean;
  readonly body?: Uint8Array;
}

const leaf: MessageType<Leaf> = message<Leaf>('Leaf', { name: text(1), raw: latin1(2) });
const tree: MessageType<Tree> = message<Tree>('Tree', {
  size: unsigned(1),
  delta: signed(2),
  leaf: nested(3, leaf),
  leaves: repeated(nested(4, leaf)),
  labels: mapOf(5, text(2)),
  yes: oneOf('kind', bool(6)),
  body: oneOf('kind', bytes(20)),
});

/** What is JSON at any depth that callers have. */
const json = fc.dictionary(
  fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__'),
  fc.jsonValue({ maxDepth: 4, noUnicodeString: false }) as fc.Arbitrary<ProtoStruct[string]>,
);

describe('protobuf', () => {
  it('writes and reads every kind of field', () => {
    const value: Tree = {
      size: 2 ** 40 + 5,
      delta: -3,
      leaf: { name: 'größe', raw: 'gr\xf6\xdfe' },
      leaves: [{ name: 'a'.repeat(300) }, {}],
      labels: new Map([
        ['x', '1'],
        ['y', ''],
      ]),
      body: Buffer.from([0, 255]),
    };
    assert.deepEqual(tree.decode(tree.encode(value)), value);
    assert.equal(tree.encode({ leaf: { raw: '\xf6' }, yes: true }).toString('hex'), '1a031201f63001');
  });

  it('writes and reads structs as the official library does', () => {
    fc.assert(
      fc.property(json, (object) => {
        const theirs = fromBinary(StructSchema, struct.encode(object));
        const plain = JSON.parse(JSON.stringify(object)) as JsonObject;
        assert.deepEqual(JSON.parse(JSON.stringify(toJson(StructSchema, theirs))), plain);
        assert.deepEqual(JSON.parse(JSON.stringify(struct.decode(Buffer.from(toBinary(StructSchema, theirs))))), plain);
      }),
      { numRuns: 200 },
    );
  });

  it('writes and reads durations as the official library does', () => {
    for (const ms of [0, 1, 1500, 0.25, -1, -1500.5, 86_400_000]) {
      const official = fromBinary(DurationSchema, duration.encode(fromMs(ms)));
      assert.equal(Number(official.seconds) * 1000 + official.nanos / 1e6, ms);
      assert.equal(toMs(duration.decode(Buffer.from(toBinary(DurationSchema, official)))), ms);
    }
  });

  it('keeps the last of fields that exclude each other, and joins parts of one message', () => {
    const both = Buffer.concat([tree.encode({ yes: true }), tree.encode({ body: Buffer.from('b') })]);
    assert.deepEqual(tree.decode(both), { body: Buffer.from('b') });
    const parts = Buffer.concat([tree.encode({ leaf: { name: 'n' } }), tree.encode({ leaf: { raw: 'r' } })]);
    assert.deepEqual(tree.decode(parts), { leaf: { name: 'n', raw: 'r' } });
  });

  it('passes over unknown fields', () => {
    const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');
    assert.deepEqual(leaf.decode(bytesOf('2801' + '310000000000000000' + '3a0161' + '4500000000' + '0a0161')), {
      name: 'a',
    });
  });

  it('refuses what is cut short, nests too deeply or is no text', () => {
    for (const hex of ['0a05616263', '0a', '0aff', '0b', '00', '08' + 'ff'.repeat(11), '0a01ff']) {
      assert.throws(() => leaf.decode(Buffer.from(hex, 'hex')), { name: 'ProtoError', message: /no valid Leaf/ }, hex);
    }
    let nestedValue: ProtoStruct = {};
    for (let i = 0; i < 60; i++) nestedValue = { a: nestedValue };
    assert.throws(() => struct.decode(struct.encode(nestedValue)), /too deeply/);
  });

  it('never reads beyond the bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (input) => {
        try {
          tree.decode(Buffer.from(input));
        } catch (error) {
          assert.equal((error as Error).name, 'ProtoError');
        }
      }),
      { numRuns: 500 },
    );
  });
});
