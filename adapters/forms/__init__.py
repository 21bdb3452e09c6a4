"""Forms (表单): what people type, checked against our subset of JSON Schema, and the schemas themselves checked for publishing."""

from adapters.forms.checking import check, fields, from_json, label, to_json
from adapters.forms.schemas import check_schema
from adapters.forms.values import Answers

__all__ = ["Answers", "check", "check_schema", "fields", "from_json", "label", "to_json"]
