#!/usr/bin/env python3
"""Checks every document that `assistline replay --save DIR` wrote, with check_twiml.py: each in the kind and context that its
request tells. Warnings count as failures.

usage: check_exchanges.py DIR
exit status: 0 fine, 1 problems or nothing to check
"""
import pathlib
import sys

import check_twiml


def main(folder):
    schema = check_twiml.load(pathlib.Path(__file__).with_name("twiml-schema.json"))
    documents, whispers, messages, problems = 0, 0, 0, 0
    for response in sorted(folder.glob("*/*.response.xml")):
        request = response.with_name(response.name.replace(".response.xml", ".request.http"))
        step, start, *_ = request.read_text("utf-8").split("\n", 2)
        body = request.read_text("utf-8").split("\n\n", 1)[1]
        if not step.startswith("X-Replay-Step: ") or not start.startswith("POST /webhooks/"):
            print(f"{request}: begins with neither its step nor a webhook")
            problems += 1
        # Nobody waits for the answer to a status callback: there it is an empty document.
        status = "/status" in start
        kind = "messaging" if "/message" in start else "voice"
        context = "whisper" if "ParentCallSid=" in body else "document"
        documents, whispers, messages = documents + 1, whispers + (context == "whisper"), messages + (kind == "messaging")
        for problem in check_twiml.check(response.read_bytes(), schema, kind, context):
            if status and problem.rule == "empty-response":
                continue
            print(f"{response}:{problem.line}: {problem.severity}: {problem.text} [{problem.rule}]")
            problems += 1
    print(f"{documents} documents, of them {whispers} for desks and {messages} for texts: {problems} problems")
    return 0 if documents and whispers and messages and not problems else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1])))
