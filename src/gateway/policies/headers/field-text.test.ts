import assert from 'node:assert/strict';
import { test } from 'node:test';
import { computedValue, configuredValue } from './field-text.ts';

test('a configured value is UTF-8 with a code unit for each byte, without blanks at its ends', () => {
  assert.equal(configuredValue('x', ' a b \n'), 'a b');
  assert.equal(configuredValue('x', ''), '');
  assert.equal(configuredValue('x', 'é'), '\xc3\xa9');
  for (const text of ['a\nb', 'a\rb', 'a\0b', 'a\x7fb']) {
    assert.throws(() => configuredValue('x-name', text), /x-name/);
  }
});

test('a computed value keeps bytes as they are and can end no field', () => {
  assert.equal(computedValue('\xc3\xa9'), '\xc3\xa9');
  assert.equal(computedValue('€'), '\xe2\x82\xac');
  for (const text of ['a\nb', 'a\r\nb: c', 'a\0', ' a', '\u010a\n']) assert.equal(computedValue(text), undefined);
});
