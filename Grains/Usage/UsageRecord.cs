using Throttle.Core.Usage;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Usage;

/// <summary>The cluster's usage in storage.</summary>
[GenerateSerializer]
[Alias("throttle.UsageRecord")]
public sealed class UsageRecord
{
    /// <summary>From when on it was counted, in ticks; 0 where nothing was stored yet.</summary>
    [Id(0)]
    public long SinceTicks { get; set; }

    /// <summary>See <see cref="SavedUsage.FoldedThrough"/>.</summary>
    [Id(1)]
    public long FoldedThrough { get; set; }

    /// <summary>Who counts.</summary>
    [Id(2)]
    public UsageSourceRecord[] Sources { get; set; } = [];

    /// <summary>What they have counted.</summary>
    [Id(3)]
    public UsageRowRecord[] Rows { get; set; } = [];

    /// <summary>The form for storage.</summary>
    internal static UsageRecord From(SavedUsage saved)
    {
        var places = saved.Sources.Select((heard, i) => (heard.Source, i)).ToDictionary(s => s.Source, s => s.i);
        return new()
        {
            SinceTicks = saved.Since,
            FoldedThrough = saved.FoldedThrough,
            Sources = [.. saved.Sources.Select(heard => new UsageSourceRecord(heard.Source.Node, heard.Source.Incarnation, heard.HeardAt))],
            Rows =
            [
                .. saved.Rows.Select(row => new UsageRowRecord(
                    row.Rule, places.GetValueOrDefault(row.Source, -1), UsageCountsWire.From(row.Counts))),
            ],
        };
    }

    /// <summary>What a ledger is made of again.</summary>
    internal SavedUsage ToSaved()
    {
        var sources = Array.ConvertAll(Sources, source => new UsageSource(source.Node, source.Incarnation));
        return new(
            SinceTicks,
            FoldedThrough,
            [.. sources.Select((source, i) => (source, Sources[i].HeardAt))],
            [.. Rows.Select(row => (row.Rule, row.Source < 0 ? UsageLedger.Earlier : sources[row.Source], row.Counts.ToCounts()))]);
    }
}
