"""A JSON document of 20 keys, made anew for every request, as a small API does."""

import json


def application(environ, start_response):
    document = {
        f"key_{number:02}": f"value {number} of {environ['PATH_INFO']}" for number in range(20)
    }
    body = json.dumps(document).encode()
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]
