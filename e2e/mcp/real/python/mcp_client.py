"""The client of the package mcp: mcp_client.py URL MODE ROOT."""

from contextlib import asynccontextmanager

import anyio
from conversation import Adapter, completable, converse, mode, modern, root, run, url
from mcp import Client
from mcp.client.subscriptions import ResourceUpdated
from mcp_types import ListRootsResult, Root


class OwnAdapter(Adapter):
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
        return await self.client.complete(completable, {"name": argument, "value": value}, context or None)

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


async def main(answers):
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
        return await converse(OwnAdapter(client, answers), answers)


run(main)
