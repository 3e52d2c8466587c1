import type { AuthMode, CredentialSource } from '../../../model/policies/authentication.ts';
import type { CredentialLocation } from '../../schema/common.ts';
import { warn, type Context, type Path } from '../context.ts';
import { expression } from '../expressions.ts';

/** Where clients of LLM APIs put their keys: OpenAI, Anthropic, Google, Azure, and Google in the query. */
const llmSources: readonly CredentialSource[] = [
  { kind: 'header', name: 'authorization', prefix: 'Bearer ' },
  { kind: 'header', name: 'x-api-key', prefix: '' },
  { kind: 'header', name: 'x-goog-api-key', prefix: '' },
  { kind: 'header', name: 'api-key', prefix: '' },
  { kind: 'query', name: 'key' },
];

/** Where a token or key stands; in the llm section, unless the file says, wherever its clients put keys. */
export function credentialSources(
  context: Context,
  path: Path,
  config: CredentialLocation,
): readonly CredentialSource[] {
  if (path[0] === 'llm' && isBearer(config)) return llmSources;
  return [credentialSource(context, path, config)];
}

/** Where the file says that a credential stands. */
export function credentialSource(context: Context, path: Path, config: CredentialLocation): CredentialSource {
  if (config.header !== undefined) {
    return { kind: 'header', name: config.header.name.toLowerCase(), prefix: config.header.prefix ?? '' };
  }
  if (config.queryParameter !== undefined) return { kind: 'query', name: config.queryParameter.name };
  if (config.cookie !== undefined) return { kind: 'cookie', name: config.cookie.name };
  return {
    kind: 'expression',
    expression: expression(context, [...path, 'expression'], config.expression, 'request'),
  };
}

/** The mode, which is strict where the file does not say it. */
export function modeOf<T extends AuthMode>(context: Context, path: Path, mode: T | undefined): T | 'strict' {
  if (mode !== undefined) return mode;
  warn(
    context,
    path,
    'mode is not said: it is strict, and requests without a credential are refused (agentgateway would let them pass); write mode: strict, or mode: optional for that',
  );
  return 'strict';
}

function isBearer({ header }: CredentialLocation): boolean {
  return header?.name.toLowerCase() === 'authorization' && header.prefix === 'Bearer ';
}
