"""The questions people ask of the catalogue, each once, as SQL over a release."""

from typing import Any

# Each word in quotes, so that nothing in it is taken for an operator; words of signs alone are passed over.
# The text ends where a NUL does, which no full-text query can hold.
WORDS = """'"' || replace(replace(replace(replace(replace(trim(substr(:words, 1, length(:words))),
              '"', ' '), char(9), ' '), char(10), ' '), char(13), ' '), ' ', '" "') || '"*'"""

QUERIES: dict[str, dict[str, Any]] = {
    "not_digital": {
        "title": "Services without a digital channel, and why",
        "description": "Each with its reason and how it could be provided digitally (§280.5).",
        "sql": """
            SELECT v.service_id, v.name, v.organization, v.channels, s.not_digital_reason_code AS kind_of_reason,
                   s.not_digital_reason AS reason, s.not_digital_potential_ways AS potential_ways
            FROM service_overview v JOIN services s USING (service_id)
            WHERE v.digital_channels = 0 ORDER BY v.organization, v.name""",
    },
    "channel_mix": {
        "title": "Channel mix",
        "description": "How many services each kind of channel serves, and their share of all services.",
        "sql": """
            SELECT c.channel, k.label, k.digital, count(DISTINCT c.service_id) AS services,
                   round(100.0 * count(DISTINCT c.service_id) / (SELECT count(*) FROM services), 1) AS percent
            FROM service_channels c JOIN codes k ON k.list = 'channel' AND k.code = c.channel
            GROUP BY c.channel ORDER BY services DESC""",
    },
    "completeness_by_agency": {
        "title": "Completeness by agency",
        "description": "Average percent of occasion, offering, channels, roles and tools given (§280.4), by the "
        "department or independent agency at the top.",
        "sql": """
            SELECT agency_id, agency, count(DISTINCT organization_id) AS organizations, count(*) AS services,
                   round(avg(completeness), 1) AS completeness, sum(digital_channels = 0) AS without_digital_channel
            FROM service_overview GROUP BY agency_id ORDER BY completeness, agency""",
    },
    "completeness_by_organization": {
        "title": "Completeness by the organization that owns the service",
        "description": "The same, agency by agency, of each bureau and office.",
        "sql": """
            SELECT agency, organization_id, organization, count(*) AS services,
                   round(avg(completeness), 1) AS completeness, sum(digital_channels = 0) AS without_digital_channel
            FROM service_overview GROUP BY organization_id ORDER BY agency, completeness, organization""",
    },
    "review_overdue": {
        "title": "Services longest without a review",
        "description": "Agencies review their services regularly (§280.7).",
        "sql": """
            SELECT service_id, name, organization, reviewed_on FROM service_overview
            ORDER BY reviewed_on IS NOT NULL, reviewed_on LIMIT 200""",
    },
    "designated_services": {
        "title": "Designated services of a fiscal year",
        "description": "The services High-Impact Service Providers report on (§280.14), of the newest year if none is "
        "said.",
        "sql": """
            SELECT d.fiscal_year, p.name AS provider, s.name AS service, d.service_id, d.first_quarter, d.ended_after
            FROM designations d JOIN providers p USING (provider_id) JOIN services s USING (service_id)
            WHERE d.fiscal_year = coalesce(nullif(:fiscal_year, ''), (SELECT max(fiscal_year) FROM designations))
            ORDER BY p.name, s.name""",
    },
    "find": {
        "title": "Find a service by its words",
        "description": "Every word must occur, the last as the beginning of one.",
        "sql": f"""
            SELECT v.service_id, v.name, v.organization, v.channels FROM services_fts f
            JOIN services s ON s.rowid = f.rowid JOIN service_overview v USING (service_id)
            WHERE services_fts MATCH {WORDS} ORDER BY f.rank""",
    },
}
