import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessSettings } from '../../model/process.ts';
import { changedProcessKeys } from './process-changes.ts';

test('changed custom functions are named as a setting that a running process keeps', () => {
  const settings = (customFunctions: string): ProcessSettings => ({ customFunctions }) as ProcessSettings;
  assert.deepEqual(changedProcessKeys(settings('a() { 1 }'), settings('a() { 1 }')), []);
  assert.deepEqual(changedProcessKeys(settings('a() { 1 }'), settings('a() { 2 }')), ['config.customFunctions']);
});
