using System.Text.Json.Nodes;
using Throttle.Core.Limiters;

namespace Throttle.Core.Fields;

/// <summary>Permits per period.</summary>
internal sealed class RateKind : FieldKind<Rate>
{
    public override string Type => "rate";

    public override string Range => $"1 to {Limits.MaxPermits} permits per 1us to 400d";

    public override string Advice => "use permits per period, such as 10/s";

    public override Rate Read(MapReader from, string name, FieldNode node, Rate standIn)
    {
        if (from.Text(name, node) is not { } text)
        {
            return standIn;
        }

        if (Rate.TryParse(text, out var rate, out var error))
        {
            return rate;
        }

        from.Fault(name, $"'{name}': {error}");
        return standIn;
    }

    public override JsonNode Write(Rate value) => value.ToString();

    public override string Show(Rate value) => value.ToText();

    public override void Check(string path, string name, Rate value, Action<string, string> add)
    {
        if (value.Permits is < 1 or > Limits.MaxPermits)
        {
            add(path, $"{name} has {value.Permits} permits a period; use 1 to {Limits.MaxPermits}");
        }

        if (value.PeriodTicks is < Limits.MinPeriodTicks or > Limits.MaxPeriodTicks)
        {
            add(path, $"{name} has a period of {DurationKind.Text(value.PeriodTicks)}; use 1us to 400d");
        }
    }

    public override void Pack(Rate value, PackWriter to)
    {
        to.Add(value.Permits);
        to.Add(value.PeriodTicks);
    }

    public override Rate Unpack(PackReader from, Rate standIn) => from.TryNumber(out var permits) ? new(permits, from.Number()) : standIn;

    public override JsonObject Schema() => new() { ["type"] = "string", ["examples"] = new JsonArray("10/s", "300/10s", "1MiB/s") };
}
