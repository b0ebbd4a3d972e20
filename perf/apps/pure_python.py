"""Three workloads of pure Python that time themselves.

As a program it prints the seconds of every workload as JSON; as a WSGI application it answers that.
"""

import json
import math
import time


def bodies_in_motion(steps=40000):
    """Floating point and attribute access: a sun and four planets, integrated step by step."""

    class Body:
        __slots__ = ("mass", "x", "y", "vx", "vy")

        def __init__(self, mass, distance):
            self.mass, self.x, self.y, self.vx = mass, distance, 0.0, 0.0
            self.vy = math.sqrt(1000.0 / distance) if distance else 0.0

    bodies = [Body(1000.0, 0.0)] + [Body(1.0, 10.0 * number) for number in range(1, 5)]
    for _ in range(steps):
        for index, one in enumerate(bodies):
            for other in bodies[index + 1 :]:
                dx, dy = one.x - other.x, one.y - other.y
                pull = 0.001 / (dx * dx + dy * dy) ** 1.5
                one.vx -= dx * other.mass * pull
                one.vy -= dy * other.mass * pull
                other.vx += dx * one.mass * pull
                other.vy += dy * one.mass * pull
        for body in bodies:
            body.x += body.vx * 0.001
            body.y += body.vy * 0.001
    return bodies[0].x


def words_in_dictionaries(rounds=150):
    """Strings, dictionaries, sorting: what templates and ORMs are made of."""
    total = 0
    for number in range(rounds):
        counts = {}
        for word in (f"word{(index * 7919 + number) % 997}" for index in range(4000)):
            counts[word] = counts.get(word, 0) + 1
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        total += len(",".join(word.upper() for word, _ in ordered))
    return total


def calls_and_generators(depth=20):
    """Function calls, generators, exceptions."""

    def fibonacci(n):
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    def numbers(limit):
        for number in range(limit):
            if number % 3 == 0:
                yield number

    total = 0
    for _ in range(25):
        total += fibonacci(depth) + sum(numbers(40000))
        for number in range(20000):
            try:
                total += [1, 2, 3][number % 4]
            except IndexError:
                total -= 1
    return total


WORKLOADS = (bodies_in_motion, words_in_dictionaries, calls_and_generators)


def measure(workload, repetitions=3):
    """The CPU seconds of this thread for the fastest of a few repetitions."""
    seconds = []
    for _ in range(repetitions):
        begin = time.thread_time()
        workload()
        seconds.append(time.thread_time() - begin)
    return min(seconds)


def report():
    return json.dumps({workload.__name__: measure(workload) for workload in WORKLOADS})


def application(environ, start_response):
    body = report().encode()
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]


if __name__ == "__main__":
    print(report())
