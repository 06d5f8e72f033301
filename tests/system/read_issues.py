"""What is wrong by /nagios/other-issues.json, as a Nagios plugin: read_issues.py BASE_URL.

As the check scripts of the Django package read it: any issue is critical.
"""
import json
import sys
import urllib.request

try:
    with urllib.request.urlopen(sys.argv[1] + "/nagios/other-issues.json", timeout=10) as answer:
        issues = json.load(answer)["issues"]
except Exception as error:
    print(f"UNKNOWN: {error}")
    sys.exit(3)
print("; ".join(issues) or "OK")
sys.exit(2 if issues else 0)
