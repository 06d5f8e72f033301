import base64
import json
import os
import random
import sys
import urllib.error
import urllib.parse
import urllib.request

ACCOUNT = "AC0123456789abcdef0123456789abcdef"


def process_outgoing_message(message):
    if random.random() < float(os.environ.get("HOOK_FAILS", "0")):
        raise RuntimeError("a hook of the site has raised")
    fields = [("To", message.destination), ("From", "+13125550100"), ("Body", message.message)]
    fields += [("MediaUrl", "https://site.example.org/" + each.content_file) for each in message.media.all()]
    request = urllib.request.Request(
        f"{os.environ['PROVIDER']}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        urllib.parse.urlencode(fields).encode(),
        {"Authorization": "Basic " + base64.b64encode(f"{ACCOUNT}:imitated-token".encode()).decode()},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return {"twilio_sid": [json.load(answer)["sid"]]}
    except urllib.error.HTTPError:
        raise  # it has refused
    except OSError as error:
        # The provider of the races answers everything: were this not told, its message would be errored,
        # reset and sent again, and look like a fault of the guard.
        print(f"{message.message}: no answer from the provider: {error!r}", file=sys.stderr)
        raise
