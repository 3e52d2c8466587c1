"""Tasks by the client of the package fastmcp-tasks, printed as JSON: tasks_client.py URL."""

import json
import sys
import warnings

import anyio
from fastmcp import Client
from fastmcp_tasks.client import call_tool_task

url = sys.argv[1]


async def main():
    asked = []

    async def elicit(message, response_type, params, context):
        asked.append(message)
        return {"name": "Ada"}

    async with Client(url, mode="2026-07-28", elicitation_handler=elicit, timeout=60) as client:
        report = {"tools": sorted(tool.name for tool in await client.list_tools())}
        # The client waits for the task behind this call.
        report["waited"] = (await client.call_tool("count", {"to": 3})).data

        task = await call_tool_task(client, "count", {"to": 20})
        report["id"] = task.task_id
        report["status"] = (await task.status()).status
        report["result"] = (await task.result()).data
        report["afterwards"] = (await task.status()).status

        endless = await call_tool_task(client, "forever", {})
        await endless.cancel()
        report["cancelled"] = (await endless.wait(timeout=30)).status

        report["greeted"] = (await client.call_tool("greet", {})).content[0].text
        report["asked"] = asked

        failing = await call_tool_task(client, "fail", {})
        try:
            await failing.result()
        except Exception as error:  # it is for the test to judge
            report["failed"] = str(error)
        print(json.dumps(report))


warnings.simplefilter("ignore")
anyio.run(main)
