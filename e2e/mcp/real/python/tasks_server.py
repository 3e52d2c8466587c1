"""A server of 2026-07-28 with the tasks extension, by the package fastmcp-tasks: tasks_server.py PORT."""

import asyncio
import sys

from fastmcp import Context, FastMCP
from fastmcp.utilities.tasks import TaskConfig
from fastmcp_tasks import TasksExtension
from mcp_types import ElicitRequest, ElicitRequestFormParams, InputRequiredResult

server = FastMCP("tasks")
server.add_extension(TasksExtension())


@server.tool(task=True)
async def count(to: int) -> str:
    for _ in range(to):
        await asyncio.sleep(0.05)
    return f"counted to {to}"


@server.tool(task=TaskConfig(mode="required"))
async def forever() -> str:
    await asyncio.Event().wait()
    return "never"


@server.tool(task=True)
async def greet(ctx: Context) -> str | InputRequiredResult:
    answer = (ctx.input_responses or {}).get("name")
    if answer is None:
        schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
        params = ElicitRequestFormParams(message="What is your name?", requested_schema=schema)
        return InputRequiredResult(input_requests={"name": ElicitRequest(params=params)})
    return f"Hello, {answer.content['name']}"


@server.tool(task=True)
async def fail() -> str:
    raise ValueError("it cannot be done")


server.run(transport="http", host="127.0.0.1", port=int(sys.argv[1]), show_banner=False)
