"""The shape of the counter that Headcount replaces: one item read, one added, written back."""

import json
import os

import boto3

table = boto3.resource("dynamodb", endpoint_url=os.environ["ENDPOINT"]).Table(os.environ["TABLE"])
KEY = {"SiteName": "Resume"}


def handler(event: dict, _context: object) -> dict:
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
    if event["requestContext"]["http"]["method"] == "OPTIONS":
        return {"statusCode": 204, "headers": headers}
    count = int(table.get_item(Key=KEY).get("Item", {}).get("Count", 0)) + 1
    table.put_item(Item=KEY | {"Count": count})
    return {"statusCode": 200, "headers": headers, "body": json.dumps({"count": str(count)})}
