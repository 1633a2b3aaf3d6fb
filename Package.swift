// swift-tools-version: 6.1

import PackageDescription

let package = Package(
    name: "headcount",
    products: [
        .executable(name: "headcount", targets: ["headcount-command"]),
        .executable(name: "headcount-fcgi", targets: ["headcount-fcgi"]),
        .executable(name: "headcount-lambda", targets: ["headcount-lambda"]),
    ],
    traits: [
        .trait(
            name: "DynamoDB",
            description: "The DynamoDB store and the AWS Lambda function, with the network libraries that they need."
        )
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.26.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.81.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.11.0"),
    ],
    targets: [
        .target(
            name: "Headcount",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            // openapi.yaml is a link to the file at the root.
            resources: [
                .embedInCode("Dashboard/dashboard.css"), .embedInCode("headcount.js"), .embedInCode("openapi.yaml"),
            ]
        ),
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .yum(["sqlite-devel"]), .brew(["sqlite"])]
        ),
        .target(name: "SQLite", dependencies: ["CSQLite"]),
        .target(name: "SQLiteStore", dependencies: ["Headcount", "SQLite"]),
        .target(
            name: "DynamoDBStore",
            dependencies: [
                "Headcount",
                .network("AsyncHTTPClient", "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .network("NIOCore", "swift-nio"),
                .network("NIOHTTP1", "swift-nio"),
                .network("NIOPosix", "swift-nio"),
            ]
        ),
        .systemLibrary(name: "CLinux"),
        .target(
            name: "FastCGI",
            dependencies: ["CLinux", "Headcount", .product(name: "Logging", package: "swift-log")]
        ),
        .target(
            name: "HeadcountServer",
            dependencies: [
                "CLinux", "DynamoDBStore", "FastCGI", "Headcount", "SQLiteStore",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .executableTarget(name: "headcount-fcgi", dependencies: ["HeadcountServer"], linkerSettings: .small),
        .systemLibrary(
            name: "CCommand",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .yum(["zlib-devel"]), .brew(["zlib"])]
        ),
        .target(
            name: "HeadcountCommand",
            dependencies: [
                "CCommand", "DynamoDBStore", "Headcount", "SQLite", "SQLiteStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        // Not "headcount", which differs from the library's name only in case.
        .executableTarget(
            name: "headcount-command",
            dependencies: ["HeadcountCommand", "HeadcountServer"],
            linkerSettings: .small
        ),
        .target(
            name: "LambdaRuntime",
            dependencies: [
                "Headcount",
                .network("AsyncHTTPClient", "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .network("NIOCore", "swift-nio"),
                .network("NIOHTTP1", "swift-nio"),
                .network("NIOPosix", "swift-nio"),
            ]
        ),
        .executableTarget(
            name: "headcount-lambda",
            dependencies: [
                "DynamoDBStore", "Headcount", "LambdaRuntime",
                .product(name: "Logging", package: "swift-log"),
            ],
            // It runs on another system than it was built on, so it includes the C library.
            linkerSettings: [.unsafeFlags(["-static-executable"], .when(configuration: .release))]
        ),
        .target(
            name: "StoreConformance",
            dependencies: ["Headcount", "HeadcountCommand"],
            path: "Tests/StoreConformance"
        ),
        .testTarget(
            name: "HeadcountTests",
            dependencies: ["Headcount", "StoreConformance", .product(name: "Crypto", package: "swift-crypto")]
        ),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: ["HeadcountCommand", "SQLite", "SQLiteStore", "StoreConformance"]
        ),
        .testTarget(
            name: "DynamoDBStoreTests",
            dependencies: [
                "DynamoDBStore", "HeadcountCommand", "StoreConformance",
                .network("AsyncHTTPClient", "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .network("NIOCore", "swift-nio"),
                .network("NIOHTTP1", "swift-nio"),
                .network("NIOPosix", "swift-nio"),
            ]
        ),
        .testTarget(
            name: "LambdaRuntimeTests",
            dependencies: ["Headcount", "LambdaRuntime", .product(name: "Logging", package: "swift-log")]
        ),
        .testTarget(
            name: "HeadcountCommandTests",
            dependencies: ["HeadcountCommand", .product(name: "Crypto", package: "swift-crypto")]
        ),
        .testTarget(
            name: "FastCGITests",
            dependencies: ["FastCGI", "Headcount", "HeadcountServer", "StoreConformance"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

extension [LinkerSetting] {
    /// Makes a program smaller by a tenth, and its memory by a megabyte. It exports no symbols, which the linker would have
    /// to keep, and packs the relocations, which needs glibc 2.36.
    static var small: Self {
        let flags = ["--no-export-dynamic", "-z", "pack-relative-relocs"].flatMap { ["-Xlinker", $0] }
        return [.unsafeFlags(["-use-ld=lld"] + flags, .when(platforms: [.linux], configuration: .release))]
    }
}

extension Target.Dependency {
    /// A library that is fetched and built only with the trait `DynamoDB`.
    static func network(_ name: String, _ package: String) -> Self {
        .product(name: name, package: package, condition: .when(traits: ["DynamoDB"]))
    }
}
