using System.Text.RegularExpressions;

namespace RSocketIm.Tests.Architecture;

/// <summary>Dependencies point one way. The tables are the architecture; the tests read every source file and hold it to them.</summary>
public sealed partial class DependencyTests
{
    /// <summary>Folders of the protocol library and what each may use besides itself. "" is the library's face, the files at its root.</summary>
    private static readonly Dictionary<string, string[]> Protocol = new()
    {
        ["Frames"] = [],
        ["Payloads"] = [],
        ["Transports"] = ["Frames"],
        ["Streams"] = ["Frames", "Payloads", "Transports"],
        ["Connections"] = ["Frames", "Payloads", "Transports", "Streams"],
        [""] = ["Frames", "Payloads", "Transports", "Streams", "Connections"],
    };

    /// <summary>Folders of the server and what each may use besides itself, the protocol library and <see cref="Everywhere"/>.</summary>
    private static readonly Dictionary<string, string[]> Server = new()
    {
        ["Diagnostics"] = [],
        ["Contracts"] = [],
        ["Storage"] = ["Contracts"],
        ["Rooms"] = ["Contracts", "Storage"],
        ["Feeds"] = ["Contracts", "Storage", "Rooms"],
        ["Signals"] = ["Contracts", "Storage", "Rooms"],
        ["Attachments"] = ["Contracts", "Storage", "Rooms", "Signals"],
        ["Configuration"] = ["Contracts", "Storage", "Rooms", "Attachments"],
        ["Accounts"] = ["Contracts", "Storage", "Configuration"],
        ["Routing"] = ["Contracts", "Storage", "Rooms", "Feeds", "Signals", "Attachments", "Configuration", "Accounts"],
        ["Gateways"] = ["Contracts", "Storage", "Rooms", "Feeds", "Signals", "Attachments", "Configuration", "Accounts", "Routing"],
        ["Hosting"] = ["Contracts", "Storage", "Rooms", "Feeds", "Signals", "Attachments", "Configuration", "Accounts", "Routing", "Gateways"],
        [""] = ["Hosting", "Configuration"],
    };

    /// <summary>Logs and metrics: used by all, use none.</summary>
    private static readonly string[] Everywhere = ["Diagnostics"];

    /// <summary>The one type at the root of the protocol library that its folders share: it goes through all of them.</summary>
    private static readonly string[] SharedRootTypes = ["RSocketException"];

    private static readonly string[] Projects = ["RSocketIm.Protocol", "RSocketIm.Server", "RSocketIm.Tests"];

    private static readonly string[] Generated = ["bin", "obj", "node_modules"];

    [Fact]
    public void Protocol_FoldersDependDownwardsOnly() => Hold("RSocketIm.Protocol", Protocol, []);

    [Fact]
    public void Server_FoldersDependDownwardsOnly() => Hold("RSocketIm.Server", Server, Everywhere);

    [Fact]
    public void PacketsOfMqtt_KnowNothingOfChat()
    {
        Regex uses = new(@"\busing RSocketIm\.");
        string[] offenders = [.. from file in SourceFiles(Path.Combine("RSocketIm.Server", "Gateways", "Mqtt", "Packets")) where uses.IsMatch(Code(file)) select file];
        ExpectNone(offenders);
    }

    [Fact]
    public void Protocol_KnowsNeitherTheServerNorAWebServer()
    {
        string[] offenders = [.. from file in SourceFiles("RSocketIm.Protocol")
                                 where ForeignToTheProtocol().IsMatch(Code(file))
                                 select file];
        ExpectNone(offenders);
    }

    [Fact]
    public void Protocol_FoldersDoNotKnowTheFace()
    {
        string root = Path.Combine(Root(), "RSocketIm.Protocol");
        string[] face = [.. Directory.GetFiles(root, "*.cs").Select(file => Path.GetFileNameWithoutExtension(file)).Except(SharedRootTypes)];
        var named = new Regex($@"\b({string.Join('|', face)})\b");
        string[] offenders = [.. from file in SourceFiles("RSocketIm.Protocol")
                                 where Folder(root, file).Length > 0
                                 from Match use in named.Matches(Code(file))
                                 select $"{Path.GetRelativePath(root, file)} uses {use.Value}"];
        ExpectNone(offenders);
    }

    [Fact]
    public void EveryFile_IsInTheNamespaceOfItsFolder()
    {
        string[] offenders = [.. from project in Projects
                                 from file in SourceFiles(project)
                                 let declared = DeclaredNamespace().Match(File.ReadAllText(file))
                                 where declared.Success
                                 let expected = Path.GetRelativePath(Root(), Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.')
                                 where declared.Groups[1].Value != expected
                                 select $"{Path.GetRelativePath(Root(), file)} declares {declared.Groups[1].Value}"];
        ExpectNone(offenders);
    }

    private static void Hold(string project, Dictionary<string, string[]> table, string[] everywhere)
    {
        string root = Path.Combine(Root(), project);
        string folders = string.Join('|', table.Keys.Where(folder => folder.Length > 0));

        // Whole names (using directives among them), and names that begin with a folder because the namespace around them is left out.
        var uses = new Regex($@"\b{Regex.Escape(project)}\.({folders})\b|(?<![\w.])({folders})\.(?=[A-Z])");
        var offenders = new List<string>();
        foreach (string file in SourceFiles(project))
        {
            string folder = Folder(root, file);
            if (!table.TryGetValue(folder, out string[]? allowed))
            {
                offenders.Add($"{Path.GetRelativePath(root, file)}: the table does not know the folder {folder}");
                continue;
            }

            offenders.AddRange(
                from Match use in uses.Matches(Code(file))
                let used = use.Groups[1].Success ? use.Groups[1].Value : use.Groups[2].Value
                where used != folder && !allowed.Contains(used) && !everywhere.Contains(used)
                select $"{Path.GetRelativePath(root, file)} uses {used}");
        }

        ExpectNone([.. offenders.Distinct()]);
    }

    private static void ExpectNone(string[] offenders) => Assert.True(offenders.Length == 0, string.Join(Environment.NewLine, offenders));

    private static string Folder(string root, string file)
    {
        string[] parts = Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar);
        return parts.Length > 1 ? parts[0] : "";
    }

    private static IEnumerable<string> SourceFiles(string project) =>
        from file in Directory.EnumerateFiles(Path.Combine(Root(), project), "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Root(), file).Split(Path.DirectorySeparatorChar)
        where !path.Intersect(Generated).Any()
        select file;

    // Comments may speak of anything, and the namespace of a file is not a use; nor are texts.
    private static string Code(string file) => NotCode().Replace(File.ReadAllText(file), "");

    internal static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "RSocketIm.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("RSocketIm.sln is not above the tests.");
    }

    [GeneratedRegex(@"//[^\n]*|""(\\.|[^""\\\n])*""|^namespace [^\n]*", RegexOptions.Multiline)]
    private static partial Regex NotCode();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex DeclaredNamespace();

    [GeneratedRegex(@"\bRSocketIm\.Server\b|\bMicrosoft\.AspNetCore\b")]
    private static partial Regex ForeignToTheProtocol();
}
