import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ExtProcModes } from '../../../model/policies/ext-proc.ts';
import { bodyModeNumber, overridden } from './modes.ts';

const modes: ExtProcModes = {
  requestHeaders: true,
  responseHeaders: true,
  requestBody: 'buffered',
  responseBody: 'streamed',
  requestTrailers: false,
  responseTrailers: true,
};

it('takes over the modes that a service asks for with the head of a request', () => {
  const override = { requestBodyMode: 4, responseBodyMode: 3, requestTrailerMode: 1, responseTrailerMode: 2 };
  assert.deepEqual(overridden(modes, { ...override, requestHeaderMode: 2, responseHeaderMode: 2 }, 'request'), {
    requestHeaders: true,
    responseHeaders: false,
    requestBody: 'fullDuplexStreamed',
    responseBody: 'bufferedPartial',
    requestTrailers: true,
    responseTrailers: false,
  });
});

it('leaves header modes at their default, and takes body modes that are not said for none', () => {
  const expected = { ...modes, requestBody: 'none', responseBody: 'none' };
  assert.deepEqual(overridden(modes, {}, 'request'), expected);
  assert.deepEqual(overridden(modes, { requestBodyMode: 99, responseBodyMode: 2 }, 'request'), {
    ...modes,
    responseBody: 'buffered',
  });
});

it('changes nothing of the request once the response is there', () => {
  const override = { requestBodyMode: 1, responseBodyMode: 2, requestTrailerMode: 1, responseHeaderMode: 2 };
  assert.deepEqual(overridden(modes, override, 'response'), { ...modes, responseBody: 'buffered' });
});

it('has the numbers of the wire', () => {
  assert.deepEqual(
    (['none', 'streamed', 'buffered', 'bufferedPartial', 'fullDuplexStreamed'] as const).map(bodyModeNumber),
    [0, 1, 2, 3, 4],
  );
});
