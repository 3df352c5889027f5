-- Scores with the names of what they are of, and the numbers as numbers. Of a scale, its lowest point and the lowest
-- that is favorable; ticks have none.
CREATE VIEW score_overview AS
SELECT
  r.provider_id,
  p.name AS provider,
  r.service_id,
  s.name AS service,
  s.service_type,
  r.fiscal_year,
  r.quarter,
  r.fiscal_year || '-Q' || r.quarter AS period,
  r.measure,
  r.scale,
  c.lowest,
  c.favorable_from,
  r.basis,
  r.n,
  CAST(r.mean AS REAL) AS mean,
  CAST(r.mean_low AS REAL) AS mean_low,
  CAST(r.mean_high AS REAL) AS mean_high,
  CAST(r.favorable AS REAL) AS favorable,
  CAST(r.favorable_low AS REAL) AS favorable_low,
  CAST(r.favorable_high AS REAL) AS favorable_high,
  CAST(r.ticked AS REAL) AS ticked,
  CAST(r.ticked_low AS REAL) AS ticked_low,
  CAST(r.ticked_high AS REAL) AS ticked_high,
  CAST(r.response_rate AS REAL) AS response_rate,
  CAST(r.coverage AS REAL) AS coverage,
  r.means_left_out,
  r.withheld_left_out,
  r.other_scales_left_out,
  r.channels,
  r.measurement_points,
  r.origins,
  r.wordings,
  r.wording
FROM scores r
JOIN providers p USING (provider_id)
JOIN services s USING (service_id)
JOIN codes c ON c.list = 'scale' AND c.code = r.scale;
-- The counts of a score, one line a point.
CREATE VIEW score_points AS
WITH RECURSIVE points (place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM points WHERE place < 11)
SELECT
  r.provider_id,
  r.service_id,
  r.fiscal_year,
  r.quarter,
  r.measure,
  r.scale,
  c.lowest + place - 1 AS point,
  c.favorable_from IS NULL AS is_tick,
  c.lowest + place - 1 >= c.favorable_from AS is_favorable,
  CASE place
    WHEN 1 THEN r.counts_1 WHEN 2 THEN r.counts_2 WHEN 3 THEN r.counts_3 WHEN 4 THEN r.counts_4
    WHEN 5 THEN r.counts_5 WHEN 6 THEN r.counts_6 WHEN 7 THEN r.counts_7 WHEN 8 THEN r.counts_8
    WHEN 9 THEN r.counts_9 WHEN 10 THEN r.counts_10 ELSE r.counts_11 END AS count
FROM scores r
JOIN codes c ON c.list = 'scale' AND c.code = r.scale
JOIN points ON place <= c.highest - c.lowest + 1
WHERE r.basis = 'counts';
-- By provider and quarter: the counts of its services added, and means of what was added. What has no counts is out.
CREATE VIEW scores_by_provider AS
SELECT
  t.provider_id,
  p.name AS provider,
  t.fiscal_year,
  t.quarter,
  t.measure,
  t.scale,
  count(DISTINCT t.service_id) AS services,
  sum(t.count) AS n,
  CASE WHEN NOT t.is_tick THEN 1.0 * sum(t.count * t.point) / sum(t.count) END AS mean,
  CASE WHEN NOT t.is_tick THEN 1.0 * sum(t.count * t.is_favorable) / sum(t.count) END AS favorable,
  CASE WHEN t.is_tick THEN 1.0 * sum(t.count * t.point) / sum(t.count) END AS ticked
FROM score_points t JOIN providers p USING (provider_id)
GROUP BY t.provider_id, t.fiscal_year, t.quarter, t.measure, t.scale;
-- By type of service and quarter: the same. Services without a type stand together under an empty type.
CREATE VIEW scores_by_service_type AS
SELECT
  s.service_type,
  t.fiscal_year,
  t.quarter,
  t.measure,
  t.scale,
  count(DISTINCT t.service_id) AS services,
  sum(t.count) AS n,
  CASE WHEN NOT t.is_tick THEN 1.0 * sum(t.count * t.point) / sum(t.count) END AS mean,
  CASE WHEN NOT t.is_tick THEN 1.0 * sum(t.count * t.is_favorable) / sum(t.count) END AS favorable,
  CASE WHEN t.is_tick THEN 1.0 * sum(t.count * t.point) / sum(t.count) END AS ticked
FROM score_points t JOIN services s USING (service_id)
GROUP BY s.service_type, t.fiscal_year, t.quarter, t.measure, t.scale;
-- Each mean beside the last before it on the same scale. It has shifted where the two lie further apart than the root
-- of their summed squared half-intervals; what differs otherwise stands beside it.
CREATE VIEW score_trends AS
SELECT
  *,
  mean - previous_mean AS change,
  (mean - previous_mean) * (mean - previous_mean)
    > (mean_high - mean) * (mean_high - mean) + previous_half * previous_half AS shifted,
  wording <> previous_wording AS other_wording,
  channels <> previous_channels AS other_channels,
  measurement_points <> previous_points AS other_measurement_point,
  origins <> previous_origins AS other_origin
FROM (
  SELECT
    provider_id, provider, service_id, service, fiscal_year, quarter, period, measure, scale, basis, n,
    mean, mean_low, mean_high, wording, channels, measurement_points, origins,
    lag(period) OVER earlier AS previous,
    lag(mean) OVER earlier AS previous_mean,
    lag(mean_high - mean) OVER earlier AS previous_half,
    lag(wording) OVER earlier AS previous_wording,
    lag(channels) OVER earlier AS previous_channels,
    lag(measurement_points) OVER earlier AS previous_points,
    lag(origins) OVER earlier AS previous_origins
  FROM score_overview
  WHERE mean IS NOT NULL
  WINDOW earlier AS (PARTITION BY provider_id, service_id, measure, scale ORDER BY fiscal_year, quarter)
);
