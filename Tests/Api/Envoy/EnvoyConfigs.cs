using System.Reflection;
using Throttle.Api.Envoy;

namespace Throttle.Tests.Api.Envoy;

/// <summary>Configurations that the tables name; their facts are those of envoyproxy/ratelimit's tests, examples and README.</summary>
internal static class EnvoyConfigs
{
    public const string Basic = """
        domain: test-domain
        descriptors:
          - key: key1
            value: value1
            descriptors:
              - { key: subkey1, rate_limit: { unit: second, requests_per_unit: 5 } }
              - { key: subkey1, value: subvalue1, rate_limit: { unit: second, requests_per_unit: 10 } }
          - { key: key2, rate_limit: { unit: minute, requests_per_unit: 20 } }
          - { key: key2, value: value2, rate_limit: { unit: minute, requests_per_unit: 30 } }
          - { key: key2, value: value3 }
          - { key: key3, rate_limit: { unit: hour, requests_per_unit: 1 } }
          - { key: key4, rate_limit: { name: key4_rate_limit, unit: day, requests_per_unit: 1 } }
          - key: key5
            value: value5
            rate_limit: { unit: day, requests_per_unit: 15 }
            descriptors:
              - { key: subkey5, value: subvalue5, rate_limit: { unit: day, requests_per_unit: 25 } }
          - { key: key6, rate_limit: { unlimited: true } }
          - { key: key7, detailed_metric: true, rate_limit: { unit: minute, requests_per_unit: 70 } }
        """;

    public const string Merged = """
        domain: test-domain
        descriptors:
          - { key: key1, value: value1, rate_limit: { unit: minute, requests_per_unit: 10 } }
        ||
        domain: test-domain
        descriptors:
          - { key: key2, value: value2, rate_limit: { unit: minute, requests_per_unit: 20 } }
        """;

    public const string Wildcard = """
        domain: test-domain
        descriptors:
          - { key: wild, value: foo*, rate_limit: { unit: minute, requests_per_unit: 20 } }
          - { key: noWild, value: foo, rate_limit: { unit: minute, requests_per_unit: 20 } }
          - { key: noVal, rate_limit: { unit: minute, requests_per_unit: 20 } }
          - { key: midWild, value: bar*b, rate_limit: { unit: minute, requests_per_unit: 20 } }
          - { key: multiWild, value: foo*bar*baz, rate_limit: { unit: minute, requests_per_unit: 10 } }
          - key: nestedWild
            value: val1
            descriptors:
              - { key: wild, value: goo*, rate_limit: { unit: minute, requests_per_unit: 20 } }
        """;

    public const string Detailed = """
        domain: outer
        descriptors:
          - key: key-1
            detailed_metric: true
            rate_limit: { unit: minute, requests_per_unit: 100 }
            descriptors:
              - { key: key-2, detailed_metric: true, rate_limit: { unit: minute, requests_per_unit: 5 } }
        """;

    public const string Plain = """
        domain: nested
        descriptors:
          - key: key-1
            rate_limit: { unit: minute, requests_per_unit: 100 }
            descriptors:
              - { key: key-2, rate_limit: { unit: minute, requests_per_unit: 5 } }
        """;

    public const string Realistic = """
        domain: nested
        descriptors:
          - { key: key_1, detailed_metric: true, rate_limit: { unit: minute, requests_per_unit: 500 } }
          - { key: key_1, value: some-value-for-key-1, rate_limit: { unit: minute, requests_per_unit: 500 } }
          - key: key_2
            detailed_metric: true
            rate_limit: { unit: minute, requests_per_unit: 5000 }
            descriptors:
              - { key: key_3, detailed_metric: true }
              - { key: key_3, value: requested-key3-value, detailed_metric: true, rate_limit: { unit: minute, requests_per_unit: 5 } }
          - key: key_2
            value: specific-id
            detailed_metric: true
            rate_limit: { unit: minute, requests_per_unit: 50000 }
        """;

    public const string Metric = """
        domain: domain
        descriptors:
          - key: route
            value_to_metric: true
            descriptors:
              - key: http_method
                value_to_metric: true
                descriptors:
                  - { key: subject_id, rate_limit: { unit: minute, requests_per_unit: 60 } }
          - { key: k1, value_to_metric: true, descriptors: [{ key: k2, rate_limit: { unit: second, requests_per_unit: 1 } }] }
          - key: m1
            descriptors:
              - { key: m2, value_to_metric: true, descriptors: [{ key: m3, rate_limit: { unit: second, requests_per_unit: 1 } }] }
          - { key: n1, descriptors: [{ key: n2, rate_limit: { unit: second, requests_per_unit: 1 } }] }
          - key: droute
            value_to_metric: true
            descriptors:
              - key: http_method
                value_to_metric: true
                descriptors:
                  - { key: subject_id, detailed_metric: true, rate_limit: { unit: minute, requests_per_unit: 60 } }
          - key: croute
            value_to_metric: true
            descriptors:
              - { key: http_method, value: GET, value_to_metric: true, descriptors: [{ key: subject_id, rate_limit: { unit: minute, requests_per_unit: 60 } }] }
              - { key: http_method, value: POST, value_to_metric: true, descriptors: [{ key: subject_id, rate_limit: { unit: minute, requests_per_unit: 30 } }] }
          - key: user
            value_to_metric: true
            descriptors:
              - { key: action, value: read*, value_to_metric: true, descriptors: [{ key: resource, rate_limit: { unit: minute, requests_per_unit: 100 } }] }
        """;

    public const string Share = """
        domain: test-domain
        descriptors:
          - { key: files, value: files/*, share_threshold: true, rate_limit: { unit: minute, requests_per_unit: 100 } }
          - key: nested
            value: parent
            descriptors:
              - { key: files, value: nested/*, share_threshold: true, rate_limit: { unit: minute, requests_per_unit: 200 } }
          - key: files
            value: top/*
            share_threshold: true
            descriptors:
              - { key: files, value: nested/*, share_threshold: true, rate_limit: { unit: minute, requests_per_unit: 300 } }
          - key: route
            value: api/*
            share_threshold: true
            value_to_metric: true
            descriptors: [{ key: method, rate_limit: { unit: minute, requests_per_unit: 60 } }]
          - key: service
            value: svc/*
            share_threshold: true
            descriptors: [{ key: endpoint, detailed_metric: true, rate_limit: { unit: minute, requests_per_unit: 80 } }]
          - key: path
            value: path/*
            share_threshold: true
            descriptors:
              - key: file
                value: file/*
                share_threshold: false
                descriptors: [{ key: type, rate_limit: { unit: minute, requests_per_unit: 120 } }]
          - key: user
            value: user/*
            share_threshold: true
            descriptors:
              - key: resource
                value: res/*
                share_threshold: true
                descriptors: [{ key: action, rate_limit: { unit: minute, requests_per_unit: 150 } }]
          - { key: file, value: test1, rate_limit: { unit: minute, requests_per_unit: 50 } }
          - { key: file, value: test*, share_threshold: true, rate_limit: { unit: minute, requests_per_unit: 100 } }
          - { key: midpath, value: /api*v1, share_threshold: true, rate_limit: { unit: minute, requests_per_unit: 100 } }
          - { key: multiroute, value: svc*ep*rpc, share_threshold: true, rate_limit: { unit: minute, requests_per_unit: 50 } }
          - { key: midroute, value: /api*v2, share_threshold: true, value_to_metric: true, rate_limit: { unit: minute, requests_per_unit: 80 } }
          - key: tenant
            value: t*prod
            share_threshold: true
            descriptors: [{ key: resource, value: res*v2, share_threshold: true, rate_limit: { unit: minute, requests_per_unit: 60 } }]
        """;

    public const string Readme = """
        domain: messaging
        descriptors:
          - key: message_type
            value: marketing
            descriptors: [{ key: to_number, rate_limit: { unit: day, requests_per_unit: 5 } }]
          - { key: to_number, rate_limit: { unit: day, requests_per_unit: 100 } }
        ||
        domain: edge_proxy_per_ip
        descriptors:
          - { key: remote_address, rate_limit: { unit: second, requests_per_unit: 10 } }
          - { key: remote_address, value: 50.0.0.5, rate_limit: { unit: second, requests_per_unit: 0 } }
        ||
        domain: example4
        descriptors: [{ key: key, value: value, rate_limit: { requests_per_unit: 300, unit: second } }]
        ||
        domain: internal
        descriptors:
          - { key: ldap, rate_limit: { unlimited: true } }
          - { key: azure, rate_limit: { unit: minute, requests_per_unit: 100 } }
        ||
        domain: example9
        descriptors:
          - { key: path, value: /api/*/action, rate_limit: { unit: minute, requests_per_unit: 20 } }
          - { key: route, value: /api/*/resource/*/action, rate_limit: { unit: minute, requests_per_unit: 20 } }
        """;

    public const string Collisions = """
        domain: test-domain
        descriptors:
          - { key: a_b, value: c, rate_limit: { unit: minute, requests_per_unit: 10 } }
          - { key: x_y, rate_limit: { unit: minute, requests_per_unit: 10 } }
        """;

    /// <summary>Envoy's examples/ratelimit/config, both files.</summary>
    public const string Example = """
        domain: mongo_cps
        descriptors:
          - { key: database, value: users, rate_limit: { unit: second, requests_per_unit: 500 } }
          - { key: database, value: default, rate_limit: { unit: second, requests_per_unit: 500 } }
        ||
        domain: rl
        descriptors:
          - { key: category, value: account, rate_limit: { replaces: [{ name: bkthomps }, { name: fake_name }], unit: minute, requests_per_unit: 4 } }
          - key: source_cluster
            value: proxy
            descriptors:
              - { key: destination_cluster, value: bkthomps, rate_limit: { replaces: [{ name: bkthomps }], unit: minute, requests_per_unit: 2 } }
              - { key: destination_cluster, value: mock, rate_limit: { unit: minute, requests_per_unit: 1 } }
              - { key: destination_cluster, value: override, rate_limit: { replaces: [{ name: banned_limit }], unit: minute, requests_per_unit: 2 } }
              - { key: destination_cluster, value: fake, rate_limit: { name: fake_name, unit: minute, requests_per_unit: 2 } }
          - key: foo
            rate_limit: { unit: minute, requests_per_unit: 2 }
            descriptors:
              - { key: bar, rate_limit: { unit: minute, requests_per_unit: 3 } }
              - { key: bar, value: bkthomps, rate_limit: { name: bkthomps, unit: minute, requests_per_unit: 1 } }
              - { key: bar, value: banned, rate_limit: { name: banned_limit, unit: minute, requests_per_unit: 0 } }
              - { key: baz, rate_limit: { unit: second, requests_per_unit: 1 } }
              - { key: baz, value: not-so-shady, rate_limit: { unit: minute, requests_per_unit: 3 } }
              - { key: baz, value: shady, rate_limit: { unit: minute, requests_per_unit: 3 }, shadow_mode: true }
              - { key: bay, rate_limit: { unlimited: true } }
          - { key: unspec, detailed_metric: true, rate_limit: { unit: minute, requests_per_unit: 2 } }
          - { key: qux, rate_limit: { unlimited: true } }
          - { key: service, value: service_1, quota_mode: true, rate_limit: { unit: minute, requests_per_unit: 1 }, metadata: { service_with_quota: { name: service_1 } } }
          - { key: service, value: service_2, quota_mode: true, rate_limit: { unit: minute, requests_per_unit: 2 }, metadata: { service_with_quota: { name: service_2 } } }
        """;

    /// <summary>What Envoy's integration tests run against.</summary>
    public const string Integration = """
        domain: basic
        descriptors:
          - { key: key1, rate_limit: { unit: second, requests_per_unit: 50 } }
          - { key: one_per_minute, rate_limit: { unit: minute, requests_per_unit: 1 } }
        ||
        domain: another
        descriptors:
          - { key: key2, rate_limit: { unit: minute, requests_per_unit: 20 } }
          - { key: key3, rate_limit: { unit: hour, requests_per_unit: 10 } }
          - { key: key4, rate_limit: { unit: day, requests_per_unit: 20 } }
        ||
        domain: share-threshold-test
        descriptors:
          - { key: files, value: files/*, share_threshold: true, rate_limit: { unit: hour, requests_per_unit: 10 } }
          - { key: files_no_share, value: files_no_share/*, share_threshold: false, rate_limit: { unit: hour, requests_per_unit: 10 } }
        ||
        domain: windows
        descriptors:
          - { key: second, rate_limit: { unit: second, requests_per_unit: 10 } }
          - { key: minute, rate_limit: { unit: minute, requests_per_unit: 10 } }
          - { key: hour, rate_limit: { unit: hour, requests_per_unit: 10 } }
          - { key: day, rate_limit: { unit: day, requests_per_unit: 10 } }
          - { key: week, rate_limit: { unit: week, requests_per_unit: 10 } }
          - { key: month, rate_limit: { unit: month, requests_per_unit: 10 } }
          - { key: year, rate_limit: { unit: year, requests_per_unit: 10 } }
        """;

    /// <summary>The files of a configuration by its name here.</summary>
    public static EnvoyFile[] FilesOf(string name) =>
        Split((string)typeof(EnvoyConfigs).GetField(name, BindingFlags.Public | BindingFlags.Static)!.GetRawConstantValue()!);

    /// <summary>The files of a text in which they stand apart by a line with two bars.</summary>
    public static EnvoyFile[] Split(string text) =>
        [.. text.Split("||\n").Select((file, i) => new EnvoyFile($"file{i + 1}.yaml", file))];

    /// <summary>A descriptor written as <c>key=value,key=value</c>.</summary>
    public static EnvoyEntry[] EntriesOf(string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split('=', 2)).Select(parts => new EnvoyEntry(parts[0], parts[1]))];

    /// <summary>A limit written as <c>10/DAY</c>.</summary>
    public static EnvoyLimit LimitOf(string text)
    {
        var parts = text.Split('/');
        return new EnvoyLimit(uint.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), EnvoyUnits.Parse(parts[1])!.Value);
    }
}
