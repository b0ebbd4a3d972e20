"""A Flask application: routing, cookies, JSON, uploads, generators, errors."""

import hashlib

from flask import Flask, Response, abort, jsonify, make_response, redirect, request, send_file, url_for

application = Flask(__name__)


@application.route("/")
def index():
    return redirect(url_for("greet", name="you"))


@application.route("/greet/<name>")
def greet(name):
    return f"Hello, {name}!"


@application.route("/sum", methods=["POST"])
def add():
    numbers = request.get_json()["numbers"]
    return jsonify(sum=sum(numbers), count=len(numbers))


@application.route("/visit")
def visit():
    count = int(request.cookies.get("visits", "0")) + 1
    response = make_response(str(count))
    response.set_cookie("visits", str(count), httponly=True)
    response.set_cookie("last", request.remote_addr)
    return response


@application.route("/upload", methods=["POST"])
def upload():
    file = request.files["file"]
    digest = hashlib.sha256()
    size = 0
    for block in iter(lambda: file.stream.read(65536), b""):
        size += len(block)
        digest.update(block)
    return jsonify(name=file.filename, size=size, sha256=digest.hexdigest(), title=request.form.get("title"))


@application.route("/raw", methods=["PUT"])
def raw():
    return jsonify(size=len(request.get_data()), length=request.content_length)


@application.route("/rows/<int:number>")
def rows(number):
    return Response((f"row {row}\n" for row in range(number)), mimetype="text/plain")


@application.route("/file")
def file():
    return send_file(__file__, mimetype="text/x-python")


@application.route("/teapot")
def teapot():
    abort(418)


@application.route("/broken")
def broken():
    raise ValueError("raised in a route")
