"""The servers that take part, a row each: what it needs, how it is started, how it is configured.

A row is data. The `$words` in commands, configurations and environments are filled in by
server.Setup: $app (module name), $apps (its folder), $dir (folder of this run), $port, $threads (of
a pool), $connections, $more_than_connections, $user, $group, $python, and the names that the row
itself gives in `files`. There, $venv and $build (folder of our release program) are known.
"""

import glob
import os
import string
from dataclasses import dataclass, field

VENV = os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "hoopsnake", "bench-venv"
)
SYSTEM_PYTHON = "/usr/bin/python3"
VENV_PYTHON = f"{VENV}/bin/python"
SITE = "$venv/lib/python3.*/site-packages"


@dataclass(frozen=True)
class Contender:
    name: str
    command: str  # as in a shell, but each of its words stays one, whatever is filled in
    files: dict[str, str]  # word → pattern of the file that must be there
    packages: tuple[
        str, ...
    ] = ()  # "apt:name" and "pip:name": for --install, and for the versions in the report
    config: str = ""  # written to $dir/server.conf
    environment: dict[str, str] = field(default_factory=dict)
    is_static: bool = False  # serves the same bytes from $dir/static; runs no Python
    remark: str = ""

    def locate(self, build: str) -> tuple[dict[str, str], str]:
        """The files that were found, and the first one that was not ("" when all are there)."""
        found = {}
        for word, pattern in self.files.items():
            path = string.Template(pattern).substitute(venv=VENV, build=build)
            matches = sorted(glob.glob(path))
            if not matches:
                return {}, path
            found[word] = matches[-1]
        return found, ""


HOOPSNAKE = """\
Listen 127.0.0.1:$port
ServerThreads 1
StartServers 1
ThreadsPerChild $threads
KeepAlive On
KeepAliveTimeout 60
ErrorLog $dir/error.log
User $user
Group $group
WSGIApplicationGroup %{GLOBAL}
WSGIScriptAlias / $apps/$app.py
"""
HOOPSNAKE_DAEMON = (
    HOOPSNAKE
    + """\
WSGIDaemonProcess bench processes=1 threads=$threads
WSGIProcessGroup bench
"""
)

APACHE = """\
ServerName localhost
Listen 127.0.0.1:$port
PidFile $dir/apache.pid
ErrorLog $dir/error.log
DefaultRuntimeDir $dir
User $user
Group $group
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule wsgi_module $mod_wsgi
StartServers 1
ServerLimit 1
ThreadLimit $more_than_connections
ThreadsPerChild $more_than_connections
MaxRequestWorkers $more_than_connections
MinSpareThreads 1
MaxSpareThreads $more_than_connections
AsyncRequestWorkerFactor 16
KeepAlive On
KeepAliveTimeout 60
MaxKeepAliveRequests 0
WSGISocketPrefix $dir/wsgi
WSGIApplicationGroup %{GLOBAL}
WSGIScriptAlias / $apps/$app.py
<Directory $apps>
    Require all granted
</Directory>
"""
APACHE_DAEMON = (
    APACHE
    + """\
WSGIDaemonProcess bench processes=1 threads=$threads
WSGIProcessGroup bench
WSGIRestrictEmbedded On
"""
)

NGINX = """\
daemon off;
user $user $group;
worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/error.log;
events { worker_connections 4096; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    open_file_cache max=16;
    client_body_temp_path $dir/nginx;
    proxy_temp_path $dir/nginx;
    fastcgi_temp_path $dir/nginx;
    uwsgi_temp_path $dir/nginx;
    scgi_temp_path $dir/nginx;
    server {
        listen 127.0.0.1:$port backlog=1024;
        root $dir/static;
    }
}
"""


def hoopsnake(mode: str, config: str, io: str, remark: str = "") -> Contender:
    return Contender(
        name=f"hoopsnake {mode}" + (f" {io}" if io != "io_uring" else ""),
        files={"hoopsnake": "$build/hoopsnake"},
        command="$hoopsnake -f $dir/server.conf",
        config=config,
        environment={"HOOPSNAKE_IO": io},
        remark=remark,
    )


def mod_wsgi(
    name: str, config: str, module: str, packages: tuple[str, ...], remark: str
) -> Contender:
    return Contender(
        name=name,
        packages=("apt:apache2-bin",) + packages,
        files={
            "apache": "/usr/sbin/apache2",
            "modules": "/usr/lib/apache2/modules",
            "mod_wsgi": module,
        },
        command="$apache -f $dir/server.conf -DFOREGROUND",
        config=config,
        remark=remark,
    )


DEBIAN_MODULE = "/usr/lib/apache2/modules/mod_wsgi.so"
NEW_MODULE = f"{SITE}/mod_wsgi/server/mod_wsgi-py3*.so"
DEBIAN_PACKAGES = ("apt:libapache2-mod-wsgi-py3",)
NEW_PACKAGES = ("apt:apache2-dev", "pip:mod-wsgi")
EVENT = "event MPM, 1 child with more threads than connections, else it closes kept-alive ones"

CONTENDERS = {
    contender.name: contender
    for contender in (
        hoopsnake("embedded", HOOPSNAKE, "io_uring", "1 server process, 1 loop thread"),
        hoopsnake("daemon", HOOPSNAKE_DAEMON, "io_uring", "1 loop thread; 1 daemon process"),
        hoopsnake("embedded", HOOPSNAKE, "epoll"),
        hoopsnake("daemon", HOOPSNAKE_DAEMON, "epoll"),
        Contender(
            name="bjoern",
            packages=("apt:libev-dev", "apt:gcc", "apt:python3-dev", "pip:bjoern"),
            files={"module": f"{SITE}/_bjoern*.so"},
            command="$python -c 'import bjoern, $app;"
            ' bjoern.run($app.application, "127.0.0.1", $port)\'',
            remark="single thread: one slow request stops all others",
        ),
        Contender(
            name="fastwsgi",
            packages=("pip:fastwsgi",),
            files={"module": f"{SITE}/_fastwsgi*.so"},
            command="$python -c 'import fastwsgi, $app;"
            ' fastwsgi.run($app.application, "127.0.0.1", $port, loglevel=0)\'',
            remark="single thread: one slow request stops all others",
        ),
        Contender(
            name="granian",
            packages=("pip:granian",),
            files={"program": "$venv/bin/granian"},
            command="$program --interface wsgi --http 1 --host 127.0.0.1 --port $port"
            " --workers 1 --blocking-threads 1 --backpressure 1024"
            " --no-ws --no-access-log --log-level warning $app:application",
            remark="1 worker: 1 runtime thread, 1 Python thread",
        ),
        Contender(
            name="uwsgi",
            packages=("apt:uwsgi-core", "apt:uwsgi-plugin-python3"),
            files={
                "uwsgi": "/usr/bin/uwsgi-core",
                "plugin": "/usr/lib/uwsgi/plugins/python3_plugin.so",
            },
            command="$uwsgi --plugin $plugin --http11-socket 127.0.0.1:$port"
            " --threads $connections --listen 128 --disable-logging --log-master"
            " --pythonpath $apps --module $app",
            remark="a connection keeps its thread: as many threads as connections",
        ),
        Contender(
            name="gunicorn gthread",
            packages=("pip:gunicorn",),
            files={"program": "$venv/bin/gunicorn"},
            command="$program -b 127.0.0.1:$port -k gthread -w 1 --threads $threads"
            " --keep-alive 60 --log-level warning $app:application",
        ),
        mod_wsgi("mod_wsgi 4 embedded", APACHE, DEBIAN_MODULE, DEBIAN_PACKAGES, EVENT),
        mod_wsgi("mod_wsgi 4 daemon", APACHE_DAEMON, DEBIAN_MODULE, DEBIAN_PACKAGES, EVENT),
        mod_wsgi("mod_wsgi 6 embedded", APACHE, NEW_MODULE, NEW_PACKAGES, EVENT),
        mod_wsgi("mod_wsgi 6 daemon", APACHE_DAEMON, NEW_MODULE, NEW_PACKAGES, EVENT),
        Contender(
            name="nginx static",
            packages=("apt:nginx-light",),
            files={"nginx": "/usr/sbin/nginx"},
            command="$nginx -e $dir/error.log -c $dir/server.conf",
            config=NGINX,
            is_static=True,
            remark="a file of the same bytes; no Python at all",
        ),
    )
}
