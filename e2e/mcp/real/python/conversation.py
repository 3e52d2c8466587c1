"""The conversation with the four servers, for both Python clients: what to do is read as JSON from standard input,
what came of it is printed as JSON. See report.ts for both."""

import json
import sys
import warnings
from contextlib import suppress

import anyio
from mcp import MCPError
from mcp_types import CreateMessageResult, ElicitResult, PromptReference, TextContent

url, mode, root = sys.argv[1:4]
modern = mode != "legacy"
completable = PromptReference(type="ref/prompt", name="completable-prompt")


class Answers:
    """What the client says when servers ask it something, and what it was asked and told."""

    def __init__(self):
        self.asked, self.shown, self.logged, self.updated = [], [], [], []

    def elicit(self, params):
        self.asked.append(f"elicitation/create {params.mode}")
        self.shown.append(params.message)
        if params.mode == "url":
            self.shown.append(params.url)
            return ElicitResult(action="accept")
        return ElicitResult(action="accept", content={"name": "Ada", "check": True})

    def sample(self):
        self.asked.append("sampling/createMessage")
        return CreateMessageResult(role="assistant", model="m", content=TextContent(type="text", text="sampled words"))

    async def log(self, params):
        self.logged.append({"level": params.level, "logger": params.logger})

    async def message(self, message):
        if getattr(message, "method", "") == "notifications/resources/updated":
            self.updated.append(message.params.uri)


class Adapter:
    """What both clients have in common."""

    def __init__(self, client, answers):
        self.client, self.answers, self.meta = client, answers, None

    def revision(self):
        return self.client.protocol_version

    def capabilities(self):
        return self.client.server_capabilities

    def instructions(self):
        return self.client.instructions

    async def log(self, level):
        if modern:
            self.meta = {"io.modelcontextprotocol/logLevel": level}
        else:
            await self.client.set_logging_level(level)


def plain(result):
    return result.model_dump(by_alias=True, mode="json", exclude_none=True)


async def outcome(awaitable):
    """The result as JSON, or the error."""
    try:
        return plain(await awaitable)
    except MCPError as error:
        return {"error": str(error), "code": error.error.code}
    except Exception as error:  # it is for the test to judge
        return {"error": repr(error)}


async def until(condition, what):
    with anyio.move_on_after(20) as scope:
        while not condition():
            await anyio.sleep(0.05)
    if scope.cancelled_caught:
        raise TimeoutError(what)


async def converse(client, answers):
    """Has the conversation through an adapter of one of the clients."""
    script = json.load(sys.stdin)
    report = {
        "revision": client.revision(),
        "capabilities": sorted(client.capabilities().model_dump(exclude_none=True)),
        "instructions": client.instructions() or "",
        "lists": {name: await client.list(name) for name in ("tools", "prompts", "resources", "templates")},
    }
    calls = {}
    for what, (tool, arguments) in script["calls"].items():
        calls[what] = await outcome(client.call(tool, arguments))
    report["calls"] = calls
    report["reads"] = {what: await outcome(client.read(uri)) for what, uri in script["reads"].items()}
    report["prompts"] = {what: await outcome(client.prompt(*one)) for what, one in script["prompts"].items()}
    report["completions"] = {what: await outcome(client.complete(*one)) for what, one in script["completions"].items()}

    steps = []

    async def progress(progress, total=None, message=None):
        steps.append(progress)

    long = "trigger-long-running-operation"
    await client.call(long, {"duration": 0.3, "steps": 3}, progress)
    await until(lambda: len(steps) >= 3, "progress")
    report["progress"] = list(steps)

    steps.clear()
    finished = False

    async def forever(scope):
        nonlocal finished
        with scope:
            await client.call(long, script["endless"], progress)
            finished = True

    async with anyio.create_task_group() as group:
        scope = anyio.CancelScope()
        group.start_soon(forever, scope)
        await until(lambda: len(steps) > 0, "the start of the call")
        scope.cancel()
    report["cancelled"] = not finished
    report["calls"]["afterwards"] = await outcome(client.call("echo", {"message": "still here"}))

    await client.log("debug")
    report["calls"]["logging"] = await outcome(client.call("toggle-simulated-logging", {}))
    with suppress(TimeoutError):
        await until(lambda: any(one["logger"] == "everything" for one in answers.logged), "a log message")

    async with client.updates(script["graph"]) as told:
        await client.call("add_observations", {"observations": [{"entityName": "Ada", "contents": ["is told"]}]})
        if told:
            with suppress(TimeoutError):
                await until(lambda: len(answers.updated) > 0, "an update")
        report["updated"] = answers.updated if told else None
    report.update(asked=answers.asked, shown=answers.shown, logged=answers.logged)
    return report


def run(main):
    """Runs a client: `main(answers)` returns what came of the conversation."""

    async def report():
        print(json.dumps(await main(Answers())))

    warnings.simplefilter("ignore")
    anyio.run(report)
