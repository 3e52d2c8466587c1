import type { ProviderTraits } from './adapter.ts';
import { dashedDate } from './claude-name.ts';

const browserFields = [
  'origin',
  'access-control-request-method',
  'access-control-request-headers',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
];

/** Anthropic's own API. */
export const anthropic: ProviderTraits = {
  label: 'anthropic',
  finishBody({ model }, draft) {
    // Names of Google's platform reach here by failover and through its `rawPredict` paths.
    const name = model === null ? null : dashedDate(model);
    if (name !== model) draft.set('model', name);
    draft.remove('anthropic_version');
  },
  finishFields(_call, fields) {
    // To Anthropic a request with a browser's fields comes from a page, which it refuses; this one comes from here.
    for (const name of browserFields) fields.delete(name);
  },
  // What `claude setup-token` gives is an OAuth token, which only the Authorization field takes.
  keyLocation: (key) => (key.startsWith('sk-ant-oat') ? undefined : { kind: 'header', name: 'x-api-key', prefix: '' }),
};
