"""What does it cost? Frozen quantities times the prices of the standard, low to high.

**Prices in the standard.** Every price is a table `value = { low = …, likely = …, high = … }`
with unit, source and confidence, always *per unit of the quantity of its kind*
(`geo.works.KINDS`: yuan per metre of pipe, per m³ of pool, per kVA of transformer, per
household connected):

    [price.path]              one price for the whole kind, whatever its size
    [price.pipe_63]           the price at size 63 (the work's `size`); as many sizes as are known
    [price.pipe_110]          between two sizes straight interpolation, beyond the ends the nearest

A size that is no whole number is written with `p` (`price.road_new_4p5` at 4.5 m). A work of
a kind with prices by size and no size of its own takes the plain `[price.<kind>]`, else the
middle one of the sizes. A kind without any price is an error (`price.missing`), never 0.

**Running cost.** `[running.upkeep]` is the share of the building cost spent each year by
kind (a table with every kind), `[running.kwh]` the price of a kilowatt-hour
(`{ low, likely, high }`); a work's `run_kwh` is its energy per year.

**Assumed.** A price of confidence L is assumed, and so is every cost made with it; of an
interpolated price, when either neighbour is.

Who pays for what (department, funding line) by need stands in the catalogue of messages:
`money.department.<need>` and `money.funding.<need>`.
"""
