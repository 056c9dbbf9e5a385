#!/usr/bin/env python3
"""Speck configurations in the real samna 0.7.1.0 (python 3.10, pip install samna==0.7.1.0).

    python speck_samna.py words    < LINES   the words that samna sends for each archive
    python speck_samna.py verdicts < LINES   whether its validator takes each archive
    python speck_samna.py files FOLDER CHIP  whether load_speck.py's configuration of each *.properties.json
                                             equals the archive beside it

A line is an archive as nirc writes it for speck2b; an answer is a line too. samna's validator kills
its process on some configurations, so each verdict comes from a process of its own.
"""

import hashlib
import json
import os
import pathlib
import sys

import samna

speck2b = samna.speck2b


def load(text):
    config = speck2b.configuration.SpeckConfiguration()
    config.from_json(text)
    return config


def words(text):
    """`taken`, whether it is written back as it came, and a hash of the words."""
    config = load(text)
    valid, message = speck2b.validate_configuration(config)
    same = json.loads(config.to_json()) == json.loads(text)
    event = speck2b.event
    sent = event.encode_input_interface_events(event.speck_configuration_to_event(config))
    sent = [json.loads(w.to_json()) if hasattr(w, "to_json") else int(w) for w in sent]
    digest = hashlib.sha256(" ".join(map(str, sent)).encode()).hexdigest()
    return {"valid": valid, "message": message, "same": same, "words": len(sent), "sha256": digest}


def verdict(text):
    """Whether samna takes an archive; `killed` if that ends the process."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            valid, message = speck2b.validate_configuration(load(text))
            answer = {"valid": valid, "message": message}
        except Exception as error:
            answer = {"valid": False, "message": f"{type(error).__name__}: {error}"}
        os.write(write, json.dumps(answer).encode()[:60000])
        os._exit(0)
    os.close(write)
    answer = b""
    while part := os.read(read, 65536):
        answer += part
    os.close(read)
    _, status = os.waitpid(child, 0)
    return json.loads(answer) if answer else {"valid": False, "message": f"killed by signal {status & 127}"}


def files(folder, chip):
    sys.path.insert(0, str(folder))
    from load_speck import configuration

    for path in sorted(folder.glob("*.properties.json")):
        config, valid, message = configuration(path, chip)
        archive = json.loads(path.with_name(path.name.replace("properties", "archive")).read_text())
        same = json.loads(config.to_json()) == archive
        print(f"result: {path.name}: {'same' if same else 'differs'}, {valid}, {message}")


def main():
    if sys.argv[1] == "files":
        files(pathlib.Path(sys.argv[2]), sys.argv[3])
        return
    answer = words if sys.argv[1] == "words" else verdict
    # Nothing is printed before all is read, since whoever asks may not listen before.
    answers = [answer(line) for line in sys.stdin]
    for each in answers:
        print("result: " + json.dumps(each))


if __name__ == "__main__":
    main()
