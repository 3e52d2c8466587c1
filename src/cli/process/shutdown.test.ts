import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logger } from '../../base/logger.ts';
import type { ProcessSettings } from '../../model/process.ts';
import { shutDown } from './shutdown.ts';

const silent = new Logger(() => undefined);

function settings(drainDeadlineMs: number, drainMinimumMs: number): ProcessSettings {
  return { drainDeadlineMs, drainMinimumMs } as ProcessSettings;
}

test('what stops threads and children comes after the drain and within the deadline', async () => {
  const steps: string[] = [];
  await shutDown(
    {
      drain: async (minimumMs, deadlineMs) => void steps.push(`drain ${minimumMs} ${deadlineMs}`),
      stop: async () => void steps.push('stop'),
    },
    settings(5000, 0),
    silent,
  );
  assert.deepEqual(steps, ['drain 0 4500', 'stop']);
});

test('a minimum beyond the deadline moves the deadline', async () => {
  const given: number[] = [];
  const drain = async (...times: number[]): Promise<void> => void given.push(...times);
  await shutDown({ drain, stop: async () => undefined }, settings(100, 10_000), silent);
  assert.deepEqual(given, [10_000, 10_000]);
});

test('a drain that hangs is not waited for beyond the deadline', { timeout: 20_000 }, async () => {
  const keepAlive = setInterval(() => undefined, 1000);
  await shutDown({ drain: () => new Promise(() => undefined), stop: async () => undefined }, settings(50, 0), silent);
  clearInterval(keepAlive);
});

test('a step that fails is said and does not keep the process', async () => {
  const lines: string[] = [];
  const drain = async (): Promise<void> => {
    throw new Error('no drain');
  };
  await shutDown({ drain, stop: async () => undefined }, settings(5000, 0), new Logger((line) => lines.push(line)));
  assert.ok(lines.some((line) => line.includes('no drain')));
});
