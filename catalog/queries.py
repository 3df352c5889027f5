"""The questions people ask of the catalogue, each once, as SQL over a release."""

from typing import Any

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
        "description": "Average percent of occasion, offering, channels, roles and tools given (§280.4).",
        "sql": """
            SELECT organization_id, organization, count(*) AS services, round(avg(completeness), 1) AS completeness,
                   sum(digital_channels = 0) AS without_digital_channel
            FROM service_overview GROUP BY organization_id ORDER BY completeness, organization""",
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
        "description": "The services High-Impact Service Providers report on (§280.14).",
        "sql": """
            SELECT d.fiscal_year, p.name AS provider, s.name AS service, d.service_id, d.first_quarter, d.ended_after
            FROM designations d JOIN providers p USING (provider_id) JOIN services s USING (service_id)
            WHERE d.fiscal_year = :fiscal_year ORDER BY p.name, s.name""",
    },
    "find": {
        "title": "Find a service by its words",
        "description": "Every word must occur.",
        "sql": """
            SELECT v.service_id, v.name, v.organization, v.channels FROM services_fts f
            JOIN services s ON s.rowid = f.rowid JOIN service_overview v USING (service_id)
            WHERE services_fts MATCH '"' || replace(:words, '"', '') || '"' ORDER BY f.rank""",
    },
}
