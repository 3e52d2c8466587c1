import type { BeyondRow } from './beyond.ts';

/** What services that process requests have beyond agentgateway. */
export const extRows: readonly BeyondRow[] = [
  {
    path: 'routes[].policies.extAuthz.conditional[].condition',
    type: 'CEL expression',
    initial: 'always',
    meaning:
      'The key is agentgateway’s, where a condition that fails does not hold. Here the request is refused with 500. Of extProc, localRateLimit and remoteRateLimit, too.',
  },
  {
    path: 'routes[].policies.extAuthz.protocol.http.includeResponseHeaders',
    type: 'list of field names',
    initial: '[]',
    meaning:
      'The key is agentgateway’s, where a field that the answer lacks stays as the client sent it. Here it is taken away.',
  },
  {
    path: 'routes[].policies.extProc.messageTimeout',
    type: 'duration',
    initial: '10s',
    meaning:
      'How long the service may take for each answer; 0s for no limit. While a body streams both ways the time runs from its end.',
  },
  {
    path: 'routes[].policies.extProc.maxMessageTimeout',
    type: 'duration',
    initial: '0s',
    meaning: 'The most that the service may ask for instead, by override_message_timeout; 0s: it may not.',
  },
  {
    path: 'routes[].policies.extProc.processingOptions.requestBodyMode',
    type: 'streamed',
    initial: 'fullDuplexStreamed',
    meaning:
      'The body is shown chunk by chunk, and each waits for its answer: what most services that are not made for fullDuplexStreamed expect. For responseBodyMode, too.',
  },
];
