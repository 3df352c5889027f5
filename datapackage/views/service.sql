-- One line a service: what a person wants to see first.
CREATE VIEW service_overview AS
SELECT
  s.service_id,
  s.name,
  s.organization_id,
  o.name AS organization,
  coalesce(t.top_id, s.organization_id) AS agency_id,
  coalesce(t.top, o.name) AS agency,
  s.service_type,
  p.state,
  (SELECT group_concat(channel, ', ') FROM (
     SELECT DISTINCT channel FROM service_channels c WHERE c.service_id = s.service_id ORDER BY channel)) AS channels,
  (SELECT count(*) FROM service_channels c JOIN codes d ON d.list = 'channel' AND d.code = c.channel
     WHERE c.service_id = s.service_id AND d.digital) AS digital_channels,
  m.completeness,
  s.reviewed_on
FROM services s
JOIN organizations o USING (organization_id)
LEFT JOIN organization_tops t USING (organization_id)
JOIN service_completeness m USING (service_id)
JOIN publications p ON p.record_type = 'service' AND p.record_id = s.service_id;
