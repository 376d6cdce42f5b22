"""The environment in which boto3 and the AWS CLI talk to the sandbox, and to nothing else."""

import os


def environment(url: str) -> dict[str, str]:
    """What to set, once all other AWS_ variables are gone. `url`: where the sandbox serves."""
    passed_by = ["127.0.0.1", *os.environ.get("NO_PROXY", "").split(",")]
    no_proxy = ",".join(host for host in dict.fromkeys(passed_by) if host)
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": "us-east-2",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }
