"""The client of the package fastmcp: fastmcp_client.py URL MODE ROOT."""

from contextlib import asynccontextmanager

from conversation import Adapter, completable, converse, mode, modern, root, run, url
from fastmcp import Client


class OwnAdapter(Adapter):
    async def list(self, what):
        # These ask for all pages themselves.
        method, key = {
            "tools": (self.client.list_tools, "name"),
            "prompts": (self.client.list_prompts, "name"),
            "resources": (self.client.list_resources, "uri"),
            "templates": (self.client.list_resource_templates, "uri_template"),
        }[what]
        return [str(getattr(item, key)) for item in await method()]

    async def call(self, name, arguments, progress=None):
        return await self.client.call_tool_mcp(name, arguments, progress_handler=progress, meta=self.meta)

    async def read(self, uri):
        return await self.client.read_resource_mcp(uri)

    async def prompt(self, name, arguments):
        return await self.client.get_prompt(name, arguments)

    async def complete(self, argument, value, context):
        return await self.client.complete_mcp(completable, {"name": argument, "value": value}, context or None)

    @asynccontextmanager
    async def updates(self, uri):
        # It has no method for the streams of newer revisions.
        if not modern:
            await self.client.session.subscribe_resource(uri)
        yield not modern


async def main(answers):
    async def sample(messages, params, context):
        return answers.sample()

    async def elicit(message, response_type, params, context):
        return answers.elicit(params)

    async def roots(context):
        answers.asked.append("roots/list")
        return [root]

    async with Client(
        url,
        mode=mode,
        sampling_handler=sample,
        elicitation_handler=elicit,
        roots=roots,
        log_handler=answers.log,
        message_handler=answers.message,
        timeout=60,
    ) as client:
        return await converse(OwnAdapter(client, answers), answers)


run(main)
