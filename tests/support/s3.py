"""S3 for tests: a server on this machine that speaks its protocol, and a bucket in it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import fsspec
import pytest
from moto.server import ThreadedMotoServer

from tests.support.processes import free_port


@contextmanager
def bucket() -> Iterator[str]:
    """The address of an empty bucket, `s3://…`; whoever opens it in here or in a process started now is sent there."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        files = fsspec.filesystem("s3")
        try:
            files.mkdir(name := uuid.uuid4().hex)
            yield f"s3://{name}"
        finally:
            files.clear_instance_cache()
            server.stop()
