/** The mill as OPC 40501-1 (machine tools, umati) and OPC 40001-1 (machinery) show it, from the published nodesets. */
import {
  DataType,
  nodesets,
  type AddressSpace,
  type Namespace,
  type UAObject,
  type UAObjectType,
  type UAVariable,
  type VariantLike,
} from "node-opcua";
import type { Value } from "../../model/sample.ts";
import { mill } from "../devices.ts";
import type { Moment } from "../factory.ts";
import { plain, showing, text, variableAt, type Binding, type Show } from "./show.ts";

export const millNodesets: readonly string[] = [
  nodesets.standard,
  nodesets.di,
  nodesets.ia,
  nodesets.isa95JobControl,
  nodesets.machinery,
  nodesets.machineryJobs,
  nodesets.machineTool,
];
const MACHINE_TOOL_URI = "http://opcfoundation.org/UA/MachineTool/";
const MACHINERY_URI = "http://opcfoundation.org/UA/Machinery/";
/** The folder "Machines" below Objects (OPC 40001-1, 8.2). */
const MACHINES_FOLDER = 1001;

const OPTIONALS = [
  "Production.ProductionPlan",
  "Production.Statistics.PartsProducedInLifetime",
  "Production.ActiveProgram.JobIdentifier",
  "Production.ActiveProgram.State",
  "Monitoring.MachineTool.MachineryItemState",
  "Monitoring.MachineTool.MachineryOperationMode",
  "Monitoring.MachineTool.FeedOverride",
];
const JOB_OPTIONALS = ["PartsCompleted", "PartsGood", "OrderIdentifier"];

export function buildMill(addressSpace: AddressSpace, namespace: Namespace): Show {
  const tools = addressSpace.getNamespaceIndex(MACHINE_TOOL_URI);
  const machinery = addressSpace.getNamespaceIndex(MACHINERY_URI);
  const type = objectType(addressSpace, "MachineToolType", tools);
  const machines = addressSpace.findNode(`ns=${machinery};i=${MACHINES_FOLDER}`);
  if (machines === null) throw new Error("the Machinery nodeset lacks its folder Machines");
  const node = type.instantiate({
    browseName: "Mill",
    namespace,
    nodeId: "s=Mill",
    organizedBy: machines,
    optionals: OPTIONALS,
  });
  const at = (path: string): UAVariable => variableAt(node, path);
  const plan = at("Production/ProductionPlan");
  objectType(addressSpace, "ProductionJobType", tools).instantiate({
    browseName: "ActiveJob",
    namespace,
    nodeId: `s=Mill-Production-ProductionPlan-ActiveJob`,
    componentOf: plan,
    optionals: JOB_OPTIONALS,
  });
  identify(at);

  const machine = "Monitoring/MachineTool";
  const job = "Production/ProductionPlan/ActiveJob";
  const uint32 = plain(DataType.UInt32);
  const string = plain(DataType.String);
  return showing([
    ...stateMachine(at("Production/ActiveProgram/State"), "ProductionStateMachineType", tools, mill.program),
    ...stateMachine(at(`${machine}/MachineryItemState`), "MachineryItemState_StateMachineType", machinery, mill.item),
    ...stateMachine(
      at(`${machine}/MachineryOperationMode`),
      "MachineryOperationModeStateMachineType",
      machinery,
      mill.mode,
    ),
    { variable: at(`${machine}/OperationMode`), value: mill.operation, variant: plain(DataType.Int32) },
    { variable: at(`${machine}/FeedOverride`), value: mill.feedOverride, variant: plain(DataType.Double) },
    { variable: at("Production/ActiveProgram/Name"), value: mill.programName, variant: string },
    { variable: at("Production/ActiveProgram/JobIdentifier"), value: mill.job, variant: string },
    { variable: at("Production/Statistics/PartsProducedInLifetime"), value: mill.lifetime, variant: uint32 },
    { variable: at(`${job}/Identifier`), value: mill.job, variant: string },
    { variable: at(`${job}/OrderIdentifier`), value: mill.job, variant: string },
    { variable: at(`${job}/PartsCompleted`), value: mill.partsCompleted, variant: uint32 },
    { variable: at(`${job}/PartsGood`), value: mill.partsGood, variant: uint32 },
  ]);

  /** CurrentState with its Id and, where the machine has one, its Number. */
  function stateMachine(
    of: UAObject | UAVariable,
    typeName: string,
    index: number,
    value: (moment: Moment) => string,
  ): Binding[] {
    const states = objectType(addressSpace, typeName, index);
    const stateOf = (name: Value) => states.getChildByName(String(name));
    const current = variableAt(of, "CurrentState");
    const bindings: Binding[] = [
      { variable: current, value, variant: text },
      {
        variable: variableAt(current, "Id"),
        value,
        variant: (name): VariantLike => ({ dataType: DataType.NodeId, value: stateOf(name)?.nodeId }),
      },
    ];
    const number = current.getChildByName("Number");
    if (number === null) return bindings;
    const numberOf = (name: Value): VariantLike => {
      const state = stateOf(name);
      const shown: unknown = state === null ? undefined : variableAt(state, "StateNumber").readValue().value.value;
      return { dataType: DataType.UInt32, value: typeof shown === "number" ? shown : 0 };
    };
    return [...bindings, { variable: number as UAVariable, value, variant: numberOf }];
  }
}

function objectType(addressSpace: AddressSpace, name: string, index: number): UAObjectType {
  const type = addressSpace.findObjectType(name, index);
  if (type === null) throw new Error(`no object type ${name} in the loaded nodesets`);
  return type;
}

function identify(at: (path: string) => UAVariable): void {
  at("Identification/Manufacturer").setValueFromSource({
    dataType: DataType.LocalizedText,
    value: { text: "fieldlab demo" },
  });
  at("Identification/SerialNumber").setValueFromSource({ dataType: DataType.String, value: "MILL-0001" });
  at("Identification/ProductInstanceUri").setValueFromSource({
    dataType: DataType.String,
    value: "urn:fieldlab:demo:mill:MILL-0001",
  });
}
