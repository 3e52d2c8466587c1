import type { A2aRequest, Unreadable } from './classify.ts';

/** What is known of an exchange with an agent; what is not is '' or null. */
export interface A2aRecord {
  /** The agent, as rules and the log name it; '' while several may be meant. */
  readonly agent: string;
  readonly request: A2aRequest | Unreadable;
  outcome: 'success' | 'error' | '';
  errorCode: number | string | null;
  /** `task`, `message`, `status-update`, `artifact-update`. */
  resultKind: string;
  /** As the agent says it: `completed`, `TASK_STATE_COMPLETED`. */
  taskState: string;
  /** Of the request, then of the answer. */
  contextId: string;
}

/** The record of a request to which nothing was answered yet. */
export function newA2aRecord(agent: string, request: A2aRequest | Unreadable): A2aRecord {
  return {
    agent,
    request,
    outcome: '',
    errorCode: null,
    resultKind: '',
    taskState: '',
    contextId: request.kind === 'request' ? request.contextId : '',
  };
}
