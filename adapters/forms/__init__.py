"""Forms (表单): what people type, checked against our subset of JSON Schema, and the schemas themselves checked for publishing."""

from adapters.forms.checking import check, fields, fitting, from_json, label, to_json
from adapters.forms.exports import Columns, columns, filled
from adapters.forms.schemas import check_schema
from adapters.forms.values import Answers

__all__ = ["Answers", "Columns", "check", "check_schema", "columns", "fields", "filled", "fitting", "from_json", "label", "to_json"]
