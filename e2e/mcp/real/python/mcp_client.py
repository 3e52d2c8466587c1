"""The client of the package mcp: mcp_client.py URL MODE ROOT."""

import json
import sys
import warnings
from contextlib import asynccontextmanager

import anyio
from conversation import Answers, converse
from mcp import Client
from mcp.client.subscriptions import ResourceUpdated
from mcp_types import ListRootsResult, PromptReference, Root

url, mode, root = sys.argv[1:4]
modern = mode != "legacy"


class Adapter:
    def __init__(self, client, answers):
        self.client, self.answers, self.meta = client, answers, None

    def revision(self):
        return self.client.protocol_version

    def capabilities(self):
        return self.client.server_capabilities

    def instructions(self):
        return self.client.instructions

    async def list(self, what):
        method, member, key = {
            "tools": (self.client.list_tools, "tools", "name"),
            "prompts": (self.client.list_prompts, "prompts", "name"),
            "resources": (self.client.list_resources, "resources", "uri"),
            "templates": (self.client.list_resource_templates, "resource_templates", "uri_template"),
        }[what]
        found, cursor = [], None
        while True:
            page = await method(cursor=cursor)
            found += [str(getattr(item, key)) for item in getattr(page, member)]
            cursor = page.next_cursor
            if cursor is None:
                return found

    async def call(self, name, arguments, progress=None):
        return await self.client.call_tool(name, arguments, progress_callback=progress, meta=self.meta)

    async def read(self, uri):
        return await self.client.read_resource(uri)

    async def prompt(self, name, arguments):
        return await self.client.get_prompt(name, arguments)

    async def complete(self, argument, value, context):
        ref = PromptReference(type="ref/prompt", name="completable-prompt")
        return await self.client.complete(ref, {"name": argument, "value": value}, context or None)

    async def log(self, level):
        if modern:
            self.meta = {"io.modelcontextprotocol/logLevel": level}
        else:
            await self.client.set_logging_level(level)

    @asynccontextmanager
    async def updates(self, uri):
        if not modern:
            await self.client.subscribe_resource(uri)
            yield True
            return
        async with self.client.listen(resource_subscriptions=[uri]) as events, anyio.create_task_group() as group:

            async def listen():
                async for event in events:
                    if isinstance(event, ResourceUpdated):
                        self.answers.updated.append(event.uri)

            group.start_soon(listen)
            yield True
            group.cancel_scope.cancel()


async def main():
    answers = Answers()

    async def sample(context, params):
        return answers.sample()

    async def elicit(context, params):
        return answers.elicit(params)

    async def roots(context):
        answers.asked.append("roots/list")
        return ListRootsResult(roots=[Root(uri=root, name="shared")])

    async with Client(
        url,
        mode=mode,
        sampling_callback=sample,
        elicitation_callback=elicit,
        list_roots_callback=roots,
        logging_callback=answers.log,
        message_handler=answers.message,
        read_timeout_seconds=60,
    ) as client:
        print(json.dumps(await converse(Adapter(client, answers), answers)))


warnings.simplefilter("ignore")
anyio.run(main)
