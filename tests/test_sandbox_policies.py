"""What policies of IAM allow, and the resource policies of tables and streams."""

import json
from typing import Any

import pytest

from sandbox.api import ApiError, Call, Json
from sandbox.fault_injection.permissions import allows
from sandbox.resource_policies import ResourcePolicies

ARN = "arn:aws:dynamodb:us-east-2:123456789012:table/flights"
REGION = "us-east-2"


def statement(effect: str = "Allow", **more: Any) -> Json:
    return {"Effect": effect, "Action": "dynamodb:PutResourcePolicy", "Resource": ARN, **more}


def policy(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([statement()], True),
        ([], False),
        ([statement(Resource="*", Action="*")], True),
        ([statement(Resource=f"{ARN}/stream/*")], False),
        ([statement(Resource=["x", "arn:aws:dynamodb:*:*:table/*"])], True),
        ([statement(Action="dynamodb:put*")], True),
        ([statement(Action="dynamodb:Get?tem")], False),
        ([statement(), statement("Deny")], False),
        ([statement(), statement("Deny", Resource="x")], True),
        ([statement(Condition={"StringEquals": {"aws:SourceAccount": "1"}})], False),
        ([statement(Condition={"StringEquals": {"aws:SourceAccount": ["1", "2"]}})], True),
        ([statement(Condition={"ArnLike": {"aws:SourceArn": "arn:*:experiment/*"}})], True),
        ([statement(Condition={"Bool": {"aws:SourceAccount": "2"}})], False),
        ([statement(Condition={"StringEquals": {"aws:unknown": "2"}})], False),
    ],
)
def test_a_policy_allows_what_a_statement_allows_and_none_denies(
    statements: list[Json], allowed: bool
) -> None:
    context = {"aws:SourceAccount": "2", "aws:SourceArn": "arn:aws:fis:x:2:experiment/EXP1"}
    action = "dynamodb:PutResourcePolicy"
    assert allows([policy(*statements)], action, ARN, context=context) == allowed
    apart = [policy(each) for each in statements]
    assert allows(apart, action, ARN, context=context) == allowed


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        ({"Service": "fis.amazonaws.com"}, True),
        ({"Service": ["ec2.amazonaws.com", "fis.amazonaws.com"]}, True),
        ({"Service": "ec2.amazonaws.com"}, False),
        ({"AWS": "*"}, False),
    ],
)
def test_a_trust_policy_allows_the_service_that_it_names(principal: Json, allowed: bool) -> None:
    trust = policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})
    assert allows([trust], "sts:AssumeRole", None, "fis.amazonaws.com") == allowed


class Tables:
    """One table, which can be made again."""

    made = "1"

    def identity(self, region: str, arn: str) -> str | None:
        return self.made if (region, arn) == (REGION, ARN) else None


DENY = {"Sid": "mine", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": ARN}
FAULT = {**DENY, "Sid": "FaultEXP1x"}


def ask(policies: ResourcePolicies, operation: str, **request: Any) -> Json:
    """The answer to a call about the table's policy."""
    call = Call(REGION, f"{operation}ResourcePolicy", {"ResourceArn": ARN, **request}, lambda _: {})
    return policies.calls()[call.operation](call)


def refused(policies: ResourcePolicies, operation: str, **request: Any) -> str:
    """The code that a call is refused with."""
    with pytest.raises(ApiError) as refusal:
        ask(policies, operation, **request)
    return refusal.value.code


def statements_of(policies: ResourcePolicies) -> list[Json]:
    statements: list[Json] = json.loads(ask(policies, "Get")["Policy"])["Statement"]
    return statements


def test_a_policy_is_kept_until_it_is_deleted_or_its_table_is_made_again() -> None:
    tables = Tables()
    policies = ResourcePolicies(tables)
    assert refused(policies, "Get") == "PolicyNotFoundException"
    put = ask(policies, "Put", Policy=policy(DENY))
    assert ask(policies, "Put", Policy=policy(DENY)) == put
    assert ask(policies, "Get") == {"Policy": policy(DENY), **put}
    assert ask(policies, "Delete") == put
    assert ask(policies, "Delete") == {}
    ask(policies, "Put", Policy=policy(DENY))
    tables.made = "2"
    assert refused(policies, "Get") == "PolicyNotFoundException"


def test_a_policy_of_another_revision_is_not_changed() -> None:
    policies = ResourcePolicies(Tables())
    expected = refused(policies, "Put", Policy=policy(DENY), ExpectedRevisionId="1")
    assert expected == "PolicyNotFoundException"
    ask(policies, "Put", Policy=policy(DENY), ExpectedRevisionId="NO_POLICY")
    for operation in ("Put", "Delete"):
        for revision in ("1", "NO_POLICY"):
            code = refused(policies, operation, Policy=policy(FAULT), ExpectedRevisionId=revision)
            assert code == "PolicyNotFoundException"
    assert statements_of(policies) == [DENY]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Statement": []}', '{"Statement": [1]}'])
def test_a_text_that_is_not_a_policy_is_refused(text: str) -> None:
    assert refused(ResourcePolicies(Tables()), "Put", Policy=text) == "ValidationException"


def test_a_policy_of_more_than_20_kilobytes_is_refused() -> None:
    large = policy(*[DENY] * 300)
    assert refused(ResourcePolicies(Tables()), "Put", Policy=large) == "ValidationException"


@pytest.mark.parametrize("operation", ["Put", "Get", "Delete"])
def test_a_table_that_is_not_there_has_no_policy(operation: str) -> None:
    request = {"ResourceArn": f"{ARN}x", "Policy": policy(DENY)}
    code = refused(ResourcePolicies(Tables()), operation, **request)
    assert code == "ResourceNotFoundException"


def test_an_experiment_leaves_a_policy_as_it_was() -> None:
    policies = ResourcePolicies(Tables())
    policies.insert(REGION, ARN, [FAULT], "FaultEXP1")
    assert statements_of(policies) == [FAULT]
    assert policies.remove(REGION, ARN, "FaultEXP1")
    assert refused(policies, "Get") == "PolicyNotFoundException"
    ask(policies, "Put", Policy=policy(DENY))
    policies.insert(REGION, ARN, [FAULT], "FaultEXP1")
    assert statements_of(policies) == [DENY, FAULT]
    assert not policies.remove(REGION, ARN, "FaultEXP2")
    assert policies.remove(REGION, ARN, "FaultEXP1")
    assert statements_of(policies) == [DENY]


def test_a_policy_that_an_experiment_uses_cannot_be_changed() -> None:
    policies = ResourcePolicies(Tables())
    policies.insert(REGION, ARN, [FAULT], "FaultEXP1")
    assert refused(policies, "Put", Policy=policy(DENY)) == "ResourceInUseException"
    assert refused(policies, "Delete") == "ResourceInUseException"
