import { errorReply, type LlmReply } from '../answer.ts';

/** 404 for a model that configuration does not have. */
export function modelNotFound(name: string): LlmReply {
  return errorReply(404, 'model_not_found', `The model \`${shown(name)}\` does not exist here`, 'model');
}

/** Keeps a message short whatever a client sent as a name. */
function shown(name: string): string {
  return name.length <= 200 ? name : `${name.slice(0, 200)}…`;
}
