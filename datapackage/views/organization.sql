-- The organization at the top of each: a department or an independent agency.
CREATE VIEW organization_tops AS
WITH RECURSIVE tops (organization_id, top_id) AS (
  SELECT organization_id, organization_id FROM organizations WHERE parent_id IS NULL
  UNION
  SELECT o.organization_id, t.top_id FROM organizations o JOIN tops t ON o.parent_id = t.organization_id
)
SELECT t.organization_id, t.top_id, o.name AS top
FROM tops t JOIN organizations o ON o.organization_id = t.top_id;
