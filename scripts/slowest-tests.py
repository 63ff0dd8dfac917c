#!/usr/bin/env python3
"""Prints the ten tests that took longest, from the event stream of `swift test --event-stream-output-path FILE`.

A test with arguments counts the sum over its cases. Of tests without, the stream does not tell when they began: their time in
the queue would count. Those that run side by side share the processors; SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH says how
many do.

    scripts/slowest-tests.py FILE [COUNT]
"""
import collections
import json
import sys


def main(path, count=10):
    names = {}
    running = collections.defaultdict(list)
    seconds = collections.Counter()
    cases = collections.Counter()
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            payload = json.loads(line)["payload"]
            if "id" in payload:
                names[payload["id"]] = payload.get("name", payload["id"])
            test, instant = payload.get("testID"), payload.get("instant", {}).get("absolute")
            if payload.get("kind") == "testCaseStarted":
                running[test].append(instant)
            elif payload.get("kind") == "testCaseEnded" and running[test]:
                # Which case ended does not matter to the sum over all of them.
                seconds[test] += instant - running[test].pop()
                cases[test] += 1
    print(f"The {min(count, len(seconds))} slowest of {len(seconds)} tests with arguments, in seconds:")
    for test, time in seconds.most_common(count):
        where = test.split("/")[0]
        print(f"{time:8.1f}  {where} {names.get(test, test)}" + (f", {cases[test]} cases" if cases[test] > 1 else ""))


if __name__ == "__main__":
    try:
        main(sys.argv[1], *map(int, sys.argv[2:]))
    except FileNotFoundError:
        print("slowest-tests: no test ran", file=sys.stderr)
