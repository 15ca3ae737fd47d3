"""Names that are as long and as awkward as SCP allows."""

LONG_SERVER = "legacy_erp_application_server_for_the_accounting_department-seoul-2-primary_node_01"
UNBROKEN_SERVER = "x" * 60
HANGUL_SERVER = "회계시스템-운영-웹서버-이중화-첫번째노드-01"
LONG_ALIAS = "production account of the Seoul head office (automation)"
