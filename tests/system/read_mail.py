"""Reads a message as Python's e-mail package sees it, and writes what it says as JSON."""
import base64
import email
import email.policy
import json
import sys

message = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
parts = []
for part in message.walk():
    if part.is_multipart():
        continue
    content = part.get_payload(decode=True)
    text = content.decode(part.get_content_charset() or "latin-1") if part.get_content_maintype() == "text" else ""
    parts.append({"type": part.get_content_type(), "name": part.get_filename() or "", "text": text,
                  "bytes": base64.b64encode(content).decode()})
headers = {name.lower(): str(value) for name, value in message.items()}
defects = [str(defect) for part in message.walk() for defect in part.defects]
print(json.dumps({"headers": headers, "parts": parts, "defects": defects, "type": message.get_content_type()}))
