import { wallMs } from '../../../base/clock.ts';
import { digestPrefix, secretDigest } from '../../../base/secrets.ts';
import { compileNamePattern } from '../../../llm/router/name-pattern.ts';
import type { ApiKeyGrant } from '../../../model/policies/authentication.ts';
import { authentication } from '../../authentication/authenticate.ts';
import { challengeFor, quoted, refusal } from '../../authentication/challenge.ts';
import { ProvedFacts } from '../../authentication/facts.ts';
import { grantedModels, type ModelGrant } from '../../authentication/model-grant.ts';
import { strongerOf, type Principal } from '../../principal.ts';
import type { PolicyFactory } from '../policy.ts';

/** A key that is known. */
interface KnownKey {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly principal: Principal;
  /** Infinity: it does not end. */
  readonly expiresMs: number;
  readonly models: ModelGrant | null;
}

/** Longer texts are not even hashed. */
const longestKey = 4096;

/** Clients prove who they are with a key, which is looked up by its digest. */
export const apiKey: PolicyFactory<'apiKey'> = {
  kind: 'apiKey',
  compile(spec, context) {
    const known = new Map(spec.keys.map((grant) => [grant.hashedSecret, knownKey(grant)]));
    const challenge = challengeFor(spec.sources, 'ApiKey');
    return authentication<KnownKey>('apiKey', spec, context, {
      root: 'apiKey',
      check(credential) {
        const key = credential.length > longestKey ? undefined : known.get(secretDigest(credential));
        if (key === undefined) return 'the API key is not known here';
        return wallMs() < key.expiresMs ? key : 'the API key has expired';
      },
      accept(x, { metadata, principal, models }, credential) {
        x.setFact('apiKey', new ProvedFacts(metadata, 'key', credential));
        x.principal = strongerOf(x.principal, principal);
        if (models !== null) grantedModels.set(x, models);
      },
      refuse: (problem) =>
        problem === null
          ? refusal(challenge, 'an API key is missing', '')
          : refusal(challenge, problem, `error="invalid_token", error_description=${quoted(problem)}`),
    });
  },
};

function knownKey({ hashedSecret, metadata, expiresMs, allowedModels }: ApiKeyGrant): KnownKey {
  const facts = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? { ...metadata } : {};
  return {
    metadata: facts,
    principal: { kind: 'apiKey', id: `apiKey:${digestPrefix(hashedSecret)}`, claims: facts },
    expiresMs: expiresMs ?? Infinity,
    models: allowedModels === undefined ? null : modelGrant(allowedModels),
  };
}

function modelGrant(allowed: readonly string[]): ModelGrant {
  const patterns = allowed.map(compileNamePattern);
  return (name) => patterns.some((pattern) => pattern.matches(name));
}
