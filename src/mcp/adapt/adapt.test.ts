import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withKnownBlocks } from './content.ts';
import { itemIcons, withSafeIcons } from './icons.ts';
import { withoutOwnMeta, withoutServerMeta } from './meta.ts';
import { adaptQuestion } from './questions.ts';
import { olderToolsPage } from './tools.ts';

const link = { type: 'resource_link', uri: 'f:///1', name: 'n', title: 'One', description: 'First' };
const audio = { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' };

test('blocks of a later revision become text, all others keep their bytes', () => {
  const result = `{"content":[{"type":"text", "text":"\\u0061"},${JSON.stringify(link)},${JSON.stringify(audio)}],"n":1.0}`;
  const at = (revision: string): string => withKnownBlocks(revision, result, ['content']);
  assert.equal(at('2025-06-18'), result);
  const linkText = '{"type":"text","text":"One: f:///1 - First"}';
  const linked = `{"content":[{"type":"text", "text":"\\u0061"},${linkText},${JSON.stringify(audio)}],"n":1.0}`;
  assert.equal(at('2025-03-26'), linked);
  const audioText = '{"type":"text","text":"[audio audio/wav, 3 bytes]"}';
  assert.equal(at('2024-11-05'), linked.replace(JSON.stringify(audio), audioText));
  const bare = '{"content":[{"type":"resource_link","name":"n"}]}';
  assert.equal(withKnownBlocks('2025-03-26', bare, ['content']), '{"content":[{"type":"text","text":"n: "}]}');
});

test('icons are loaded from https: and data: only', () => {
  const icons = [
    '{ "src":"https://x.test/i.png" }',
    '{"src":"data:image/png;base64,AA"}',
    '{"src":"http://x.test/i.png"}',
    '{"src":"javascript:alert(1)"}',
    '{"src":7}',
    '7',
  ];
  const safe = `{"name":"x","icons":[${icons.slice(0, 2).join()}],"n":1.0}`;
  assert.equal(withSafeIcons(`{"name":"x","icons":[${icons.join()}],"n":1.0}`, itemIcons), safe);
  const spaced = `{"icons": [ ${icons[0]} ]}`;
  assert.equal(withSafeIcons(spaced, itemIcons), spaced);
  assert.equal(withSafeIcons('{"icons":7}', itemIcons), '{"icons":7}');
});

test('nobody says for the gateway what it is', () => {
  const meta =
    '{"_meta":{"waygate/degraded":["a"],"io.modelcontextprotocol/serverInfo":{"name":"s"},"mine":1.0},"a":1}';
  const rest = '{"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s"},"mine":1.0},"a":1}';
  assert.equal(withoutOwnMeta(meta), rest);
  assert.equal(withoutServerMeta(meta), '{"_meta":{"mine":1.0},"a":1}');
  const said = '{"text":"\\"waygate/degraded\\"","_meta":{"k":2.0}}';
  assert.equal(withoutServerMeta(said), said);
});

test('schemas of results that are no objects are none to clients with sessions', () => {
  const tools = [
    '{"name":"a","outputSchema":{"type":"object"} }',
    '{"name":"b","outputSchema":{"type":"array"}, "n":1.0}',
    '{"name":"c","outputSchema":{"anyOf":[]}}',
    '{"name":"d","description":"\\"outputSchema\\""}',
  ];
  const page = Buffer.from(`{"tools":[${tools.join()}],"nextCursor":"x"}`);
  const older = Buffer.from(olderToolsPage(page)).toString();
  assert.equal(older, `{"tools":[${tools[0]},{"name":"b","n":1.0},{"name":"c"},${tools[3]}],"nextCursor":"x"}`);
  assert.equal(olderToolsPage(page), olderToolsPage(page));
  const plain = Buffer.from(`{"tools":[${tools[0]}]}`);
  assert.equal(olderToolsPage(plain), plain);
});

test('a question says who asks: people read it, models are not told', () => {
  const form = '{"mode":"form","message":"name?","requestedSchema":{"n":1.0}}';
  const ask = (revision: string, asker: string, method: string, params: string): string =>
    adaptQuestion(revision, asker, method, params);
  assert.equal(ask('2025-11-25', '', 'elicitation/create', form), form);
  assert.equal(ask('2025-11-25', 'a', 'elicitation/create', form), form.replace('name?', '[a] name?'));
  const sampling = '{"messages":[],"maxTokens":1.0}';
  const named = '{"_meta":{"waygate/server":"a"},"messages":[],"maxTokens":1.0}';
  assert.equal(ask('2025-11-25', 'a', 'sampling/createMessage', sampling), named);
  assert.equal(ask('2025-11-25', '', 'sampling/createMessage', named), '{"_meta":{},"messages":[],"maxTokens":1.0}');
  assert.equal(ask('2025-11-25', 'a', 'roots/list', ''), '');
});

test('a question is one of the revision of its client', () => {
  const form = '{"mode":"form","message":"name?"}';
  assert.equal(adaptQuestion('2025-06-18', '', 'elicitation/create', form), '{"message":"name?"}');
  const block = { type: 'text', text: 't' };
  const ask = (revision: string, content: unknown): unknown => {
    const params = JSON.stringify({ messages: [{ role: 'user', content }], maxTokens: 1 });
    const { messages } = JSON.parse(adaptQuestion(revision, '', 'sampling/createMessage', params)) as {
      messages: unknown;
    };
    return messages;
  };
  assert.deepEqual(ask('2025-11-25', [block, audio]), [{ role: 'user', content: [block, audio] }]);
  const apart = [
    { role: 'user', content: block },
    { role: 'user', content: audio },
  ];
  assert.deepEqual(ask('2025-06-18', [block, audio]), apart);
  const heard = { type: 'text', text: '[audio audio/wav, 3 bytes]' };
  assert.deepEqual(ask('2024-11-05', audio), [{ role: 'user', content: heard }]);
});
